-- Laboratories compared over a set of sessions. Filled by compute/task/lab_comparison.
-- Source: spec/ibl_behavior.md, 10 (figures 2g, 3c to 3e, 4f to 4h).

-- Institutions are names of labs, which are no part of a set's key. So that results follow them all the same, every change counts up a row
-- per set, which the computed table declares as its input.
create table task.pool_revision (
    pool_id text not null,
    revision bigint not null,
    constraint pool_revision_pkey primary key (pool_id),
    constraint pool_revision_session_pool_fkey foreign key (pool_id) references task.session_pool on delete cascade
);
comment on table task.pool_revision is
    'Changes of what institutions the sessions of a set belong to by their labs, since it came. Kept by a trigger. One row per set; none: no '
    'change.';
comment on column task.pool_revision.pool_id is 'The set.';
comment on column task.pool_revision.revision is 'Number of changes.';
select engine.set_tier('task.pool_revision', 'manual');

create function task.note_changed_institution() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into task.pool_revision as revised (pool_id, revision)
    select distinct member.pool_id, 1
    from old_row as o
    join new_row as n using (lab_name)
    join core.session using (lab_name)
    join task.session_pool_member as member using (session_id)
    where n.institution_short is distinct from o.institution_short
    order by member.pool_id
    on conflict (pool_id) do update set revision = revised.revision + 1;
    return null;
end
$$;
comment on function task.note_changed_institution() is
    'Trigger: another institution of a lab counts as a change of the sets with sessions of this lab.';
create trigger institution_changed after update on core.lab referencing old table as old_row new table as new_row
for each statement execute function task.note_changed_institution();

create table task.lab_comparison_params (
    lab_comparison_params_id text not null,
    description text not null,
    metric_set text not null,
    protocol text,
    level units.fraction not null,
    constraint lab_comparison_params_pkey primary key (lab_comparison_params_id),
    constraint lab_comparison_params_metric_set_check check (metric_set in ('performance', 'blocks', 'learning')),
    constraint lab_comparison_params_protocol_check check (protocol in ('training', 'biased', 'ephys'))
);
comment on table task.lab_comparison_params is 'Settings of comparisons of laboratories. One row per set. Change none: add a set.';
comment on column task.lab_comparison_params.lab_comparison_params_id is 'Name of the set; the key.';
comment on column task.lab_comparison_params.description is 'What the set is for.';
comment on column task.lab_comparison_params.metric_set is
    'Which metrics of a subject are compared: performance (performance_easy, n_trials, threshold, bias, reaction_time, trials_per_minute), '
    'blocks (threshold, bias and both lapses in the blocks of 80 and 20 % left), learning (n_days, n_trials_total).';
comment on column task.lab_comparison_params.protocol is
    'Task of the sessions that count: training, biased or ephys; null for all sessions of the set.';
comment on column task.lab_comparison_params.level is
    'Values whose normality has a p below this are compared by ranks, others by means.';
select engine.set_tier('task.lab_comparison_params', 'lookup');

create table task.lab_comparison (
    pool_id text not null,
    lab_comparison_params_id text not null,
    n_sessions integer not null,
    n_subjects integer not null,
    n_institutions integer not null,
    n_without_reaction_time integer not null,
    correlation_method text,
    correlation units.number,
    correlation_p units.fraction,
    constraint lab_comparison_pkey primary key (pool_id, lab_comparison_params_id),
    constraint lab_comparison_correlation_method_check check (correlation_method in ('spearman', 'pearson')),
    constraint lab_comparison_session_pool_fkey foreign key (pool_id) references task.session_pool on delete cascade,
    constraint lab_comparison_lab_comparison_params_fkey foreign key (lab_comparison_params_id)
        references task.lab_comparison_params on delete cascade
);
create index lab_comparison_params_idx on task.lab_comparison (lab_comparison_params_id);
comment on table task.lab_comparison is
    'Institutions compared by what their subjects did in a set of sessions. One row per set of sessions with subjects of two institutions, '
    'and parameter set. Computed by lab_comparison.';
comment on column task.lab_comparison.pool_id is 'The set of sessions.';
comment on column task.lab_comparison.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_comparison.n_sessions is 'Sessions of the set that count: those of the task that the settings ask for.';
comment on column task.lab_comparison.n_subjects is 'Subjects that are compared.';
comment on column task.lab_comparison.n_institutions is 'Their institutions.';
comment on column task.lab_comparison.n_without_reaction_time is
    'Subjects left out since none of their trials has a reaction time; 0 where reaction times are not compared.';
comment on column task.lab_comparison.correlation_method is
    'Correlation of n_trials with reaction_time over subjects: pearson where both are normal, else spearman; null where they are not compared '
    'or too few.';
comment on column task.lab_comparison.correlation is 'Its coefficient, -1 to 1.';
comment on column task.lab_comparison.correlation_p is 'Its p value, two-sided.';

create table task.lab_comparison_metric (
    pool_id text not null,
    lab_comparison_params_id text not null,
    metric text not null,
    metric_no integer not null,
    n_subjects integer not null,
    n_institutions integer not null,
    test text,
    statistic units.number,
    p units.fraction,
    p_adjusted units.fraction,
    normality_statistic units.number,
    normality_p units.fraction,
    levene_statistic units.number,
    levene_p units.fraction,
    levene_p_adjusted units.fraction,
    outcome text not null,
    constraint lab_comparison_metric_pkey primary key (pool_id, lab_comparison_params_id, metric),
    constraint lab_comparison_metric_test_check check (test in ('anova', 'kruskal')),
    constraint lab_comparison_metric_lab_comparison_fkey foreign key (pool_id, lab_comparison_params_id)
        references task.lab_comparison on delete cascade
);
comment on table task.lab_comparison_metric is
    'Whether institutions differ in a metric. One row per row of task.lab_comparison and metric. Part of task.lab_comparison.';
comment on column task.lab_comparison_metric.pool_id is 'The set of sessions.';
comment on column task.lab_comparison_metric.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_comparison_metric.metric is 'Name of the metric, see task.lab_comparison_value.';
comment on column task.lab_comparison_metric.metric_no is 'Place in the order of the metrics, from 1.';
comment on column task.lab_comparison_metric.n_subjects is 'Subjects with a value.';
comment on column task.lab_comparison_metric.n_institutions is 'Their institutions.';
comment on column task.lab_comparison_metric.test is
    'anova (one way) where the values are normal, else kruskal (Kruskal and Wallis); null, as the numbers, where outcome is not tested.';
comment on column task.lab_comparison_metric.statistic is 'F or H of this test.';
comment on column task.lab_comparison_metric.p is 'Its p value.';
comment on column task.lab_comparison_metric.p_adjusted is 'The p value after Benjamini and Hochberg over the metrics tested.';
comment on column task.lab_comparison_metric.normality_statistic is 'Statistic of D''Agostino and Pearson''s test of all values together.';
comment on column task.lab_comparison_metric.normality_p is 'Its p value.';
comment on column task.lab_comparison_metric.levene_statistic is 'W of Levene''s test for equal spread.';
comment on column task.lab_comparison_metric.levene_p is 'Its p value.';
comment on column task.lab_comparison_metric.levene_p_adjusted is 'That p value after Benjamini and Hochberg over the metrics tested.';
comment on column task.lab_comparison_metric.outcome is 'tested; TooFewValues or NoVariance: the values cannot be compared.';

create table task.lab_comparison_pair (
    pool_id text not null,
    lab_comparison_params_id text not null,
    metric text not null,
    institution_short text not null,
    other_institution_short text not null,
    p units.fraction not null,
    constraint lab_comparison_pair_pkey primary key (
        pool_id, lab_comparison_params_id, metric, institution_short, other_institution_short),
    constraint lab_comparison_pair_lab_comparison_fkey foreign key (pool_id, lab_comparison_params_id)
        references task.lab_comparison on delete cascade
);
comment on table task.lab_comparison_pair is
    'Two institutions compared. One row per tested row of task.lab_comparison_metric and pair of institutions, the first before the other '
    'in the order of their names. Part of task.lab_comparison.';
comment on column task.lab_comparison_pair.pool_id is 'The set of sessions.';
comment on column task.lab_comparison_pair.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_comparison_pair.metric is 'Name of the metric.';
comment on column task.lab_comparison_pair.institution_short is 'Short name of one institution, or the lab''s name where it has none.';
comment on column task.lab_comparison_pair.other_institution_short is 'The other.';
comment on column task.lab_comparison_pair.p is
    'p value: Tukey''s after anova (adjusted for the number of pairs), Dunn''s after kruskal (not adjusted).';

create table task.lab_comparison_value (
    pool_id text not null,
    lab_comparison_params_id text not null,
    metric text not null,
    subject_id uuid not null,
    institution_short text not null,
    value units.number not null,
    constraint lab_comparison_value_pkey primary key (pool_id, lab_comparison_params_id, metric, subject_id),
    constraint lab_comparison_value_lab_comparison_fkey foreign key (pool_id, lab_comparison_params_id)
        references task.lab_comparison on delete cascade,
    constraint lab_comparison_value_subject_fkey foreign key (subject_id) references core.subject on delete cascade
);
create index lab_comparison_value_subject_idx on task.lab_comparison_value (subject_id);
comment on table task.lab_comparison_value is
    'Metrics of the subjects that are compared. One row per row of task.lab_comparison, metric and subject that has it. Fits are those of '
    'settings `paper`, whatever their quality, as published. Part of task.lab_comparison.';
comment on column task.lab_comparison_value.pool_id is 'The set of sessions.';
comment on column task.lab_comparison_value.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_comparison_value.metric is
    'performance_easy: mean of correct at 50 % contrast or more, no response as error [%]; n_trials: trials per session; threshold, bias: of '
    'the fit to all trials [% contrast]; reaction_time: median of response minus stimulus onset [ms]; trials_per_minute: trials by time from '
    'first trial to last. threshold_80, bias_80, lapse_low_80, lapse_high_80 and the same with 20: of the fit to the trials with 80 or 20 % '
    'left (lapses 0 to 1). n_days, n_trials_total: dates and trials of all sessions.';
comment on column task.lab_comparison_value.subject_id is 'The subject.';
comment on column task.lab_comparison_value.institution_short is
    'Short name of the institution of its first session''s lab, or that lab''s name where it has none.';
comment on column task.lab_comparison_value.value is 'The metric in the unit that its name stands for.';

create table task.lab_comparison_block (
    pool_id text not null,
    lab_comparison_params_id text not null,
    metric text not null,
    n_subjects integer not null,
    statistic units.number not null,
    p units.fraction not null,
    constraint lab_comparison_block_pkey primary key (pool_id, lab_comparison_params_id, metric),
    constraint lab_comparison_block_lab_comparison_fkey foreign key (pool_id, lab_comparison_params_id)
        references task.lab_comparison on delete cascade
);
comment on table task.lab_comparison_block is
    'Whether subjects differ between the blocks of 80 and 20 % left, by Wilcoxon''s signed-rank test. One row per row of '
    'task.lab_comparison with metric set blocks and parameter of the fit, where it can be tested. Part of task.lab_comparison.';
comment on column task.lab_comparison_block.pool_id is 'The set of sessions.';
comment on column task.lab_comparison_block.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_comparison_block.metric is 'threshold, bias, lapse_low or lapse_high.';
comment on column task.lab_comparison_block.n_subjects is 'Subjects with a value in both blocks.';
comment on column task.lab_comparison_block.statistic is 'The smaller sum of signed ranks.';
comment on column task.lab_comparison_block.p is 'Its p value, two-sided.';

select engine.register_computed(
    'task.lab_comparison',
    about => 'Institutions compared by what their subjects did in a set of sessions.',
    parts => array['task.lab_comparison_metric', 'task.lab_comparison_pair', 'task.lab_comparison_value', 'task.lab_comparison_block'],
    inputs => array[
        engine.input('task.session_pool_member', owner => 'pool_id'),
        engine.input('task.pool_revision', owner => 'pool_id'),
        engine.input('core.session', owner => 'pool_id', columns => array[
            'subject_id', 'lab_name', 'session_date', 'start_time', 'session_number', 'task_protocol'], via => 'task.session_pool_member'),
        engine.input('task.choice_session', owner => 'pool_id', columns => array['trials_start_s', 'trials_end_s'],
            via => 'task.session_pool_member'),
        engine.input('task.choice_trial', owner => 'pool_id', columns => array[
            'trial', 'contrast_left', 'contrast_right', 'choice', 'feedback_type', 'probability_left', 'stim_on_s', 'response_s'],
            via => 'task.session_pool_member'),
        engine.input('task.lab_comparison_params', owner => 'lab_comparison_params_id')
    ]);
