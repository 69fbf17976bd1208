-- What a shift of bias between blocks is worth: of the functions of two blocks, each of fewer trials than the session, one is often
-- at a bound or flat where the function of all trials is good. Null until populate has computed the rows again.
-- The views are made again by schema/objects. Without cascade: see 0460.

drop view if exists
    analysis.session,
    analysis.photometry_performance;

alter table task.psychometric_fit add column bias_shift_quality text
    constraint psychometric_fit_bias_shift_quality_check check (bias_shift_quality in ('good', 'at_bound', 'too_few_levels', 'flat'));
alter table photometry.session_performance add column bias_shift_quality text
    constraint session_performance_bias_shift_quality_check check (bias_shift_quality in ('good', 'at_bound', 'too_few_levels', 'flat'));
comment on column task.psychometric_fit.fit_quality is
    'Whether the parameters mean something. too_few_levels: fewer contrasts than parameters (none are given for a single one, or fewer than '
    'the set asks); at_bound: the search ended at the edge of its box in bias, threshold or an upper lapse; flat: the likelihood does '
    'not tell the parameters; else good. Summaries take the good ones. Of the function of all trials: bias_shift_percent has its own. '
    'Null: computed before quality was judged.';
comment on column task.psychometric_fit.bias_shift_percent is
    'Bias in the block with probability left 0.8 minus that in the block 0.2 [% contrast]; null unless both were fitted. Whether it means '
    'something is told by bias_shift_quality.';
comment on column task.psychometric_fit.bias_shift_quality is
    'Whether bias_shift_percent means something: the worse fit_quality of its two blocks, good only when both are (else the first that '
    'holds for one of them of too_few_levels, at_bound, flat). Summaries take the good ones. Null unless both blocks were fitted.';
comment on column photometry.session_performance.bias_shift_percent is
    'Bias at probability left 0.8 minus bias at 0.2 [% contrast]; null unless both were fitted. Whether it means something is told by '
    'bias_shift_quality.';
comment on column photometry.session_performance.bias_shift_quality is
    'Whether bias_shift_percent means something, as in task.psychometric_fit: the worse fit_quality of its two blocks. Null unless both '
    'were fitted.';
