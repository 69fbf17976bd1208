-- Photometry for analysts: sessions, recordings, quality, performance, regressors and the error log. Keys have the names of all
-- views for people (session_id, subject_nickname, lab_name, session_date; the reference writes eid, subject, lab), other columns
-- those of the reference's tables (as PostgreSQL folds them: target_NM is target_nm), with units where they have one. What analyses take is
-- a restriction of these views, not another computation. Source: spec/photometry.md, 3.5, 5.3 to 5.5, 8.4, 11, 12.1, 17, 18.
-- Parameter sets: `default` of signal quality, preprocessing, responses and wheel. Responses are in 51_photometry_response.sql.

-- The job tables are generated after this file is applied, so that they are looked up when it is asked.
create or replace function photometry.failed_keys()
returns table (table_name text, session_id uuid, error_type text, message text)
language plpgsql stable as $$
declare
    v_table record;
begin
    for v_table in
        select i.table_name, split_part(i.table_name, '.', 1) as schema_name, split_part(i.table_name, '.', 2) || '_job' as job_name
        from engine.table_info as i
        where i.tier = 'computed'
            and i.key_columns @> array['session_id']
            and (i.table_name like 'photometry.%' or i.table_name like 'task.wheel%')
        order by i.table_name
    loop
        continue when to_regclass(format('%I.%I', v_table.schema_name, v_table.job_name)) is null;
        return query execute format(
            'select %L::text, j.session_id, coalesce(j.error_type, ''Error''), coalesce(j.error_message, '''') from %I.%I as j '
            'where j.state = ''error''', v_table.table_name, v_table.schema_name, v_table.job_name);
    end loop;
end
$$;
comment on function photometry.failed_keys() is
    'Failed keys of the computed tables of photometry and wheel: table, session, type and message. One row per key.';

create or replace view photometry.logged_error as
select session_id, 'ingest' as origin, error_type, message
from core.session_error
where resolved_at is null
    and (
        exists (select from photometry.error_type where error_type.error_type = session_error.error_type)
        or exists (select from photometry.photometry_session where photometry_session.session_id = session_error.session_id)
    )
union all
select session_id, 'photometry.subject_catalog', error_type, message
from photometry.catalog_error
union all
select session_id, 'photometry.signal_qc', error_type, message
from photometry.signal_qc_error
where params_id = 'default'
union all
select session_id, 'photometry.response_set', error_type, message
from photometry.response_set_error
where preprocess_params_id = 'default'
    and response_params_id = 'default'
union all
select session_id, 'photometry.session_performance', error_type, message
from photometry.session_performance_error
union all
select session_id, table_name, error_type, message
from photometry.failed_keys();
comment on view photometry.logged_error is
    'Errors of photometry sessions by where they were noticed, duplicates left out. One row per noticed error; the '
    'same may stand twice. For people it is analysis.photometry_error, with names, source and is_excluded.';
comment on column photometry.logged_error.session_id is
    'The session; null when it is not known, or a key that is not in core.session.';
comment on column photometry.logged_error.origin is 'ingest, or the computed table.';
comment on column photometry.logged_error.error_type is 'Kind of error, see photometry.error_type.';
comment on column photometry.logged_error.message is 'What was found.';

create or replace view analysis.photometry_duplicate as
with spoiled as materialized (  -- once, not per session: it asks every job table
    select distinct logged_error.session_id
    from photometry.logged_error
    join photometry.error_type using (error_type)
    where error_type.spoils_duplicate
),
judged as (
    select
        catalog_session.subject_id,
        catalog_session.session_id,
        catalog_session.day_n,
        spoiled.session_id is null as is_good,
        session.start_time,
        session.session_number
    from photometry.catalog_session
    join core.session using (session_id)
    left join spoiled using (session_id)
    where catalog_session.is_photometry
),
day as (
    select
        subject_id,
        day_n,
        count(*) as n_sessions,
        count(*) filter (where is_good) as n_good,
        (array_agg(session_id order by start_time nulls last, session_number nulls last, session_id))[1] as first_session_id,
        (
            array_agg(session_id order by is_good desc, start_time nulls last, session_number nulls last, session_id)
        )[1] as kept_session_id
    from judged
    group by subject_id, day_n
)
select
    judged.session_id,
    judged.subject_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    judged.day_n,
    day.n_sessions::integer as n_sessions,
    judged.is_good,
    judged.session_id = day.kept_session_id as is_kept,
    judged.session_id = day.first_session_id and day.n_good > 1 as is_true_duplicate,
    session.source,
    session.is_excluded
from judged
join day using (subject_id, day_n)
join core.session_context as session on session.session_id = judged.session_id;
comment on view analysis.photometry_duplicate is
    'Which of the photometry sessions of a subject and day is kept: the first good one, else the first. One row per '
    'photometry session.';
comment on column analysis.photometry_duplicate.session_id is 'The session.';
comment on column analysis.photometry_duplicate.subject_id is 'The subject.';
comment on column analysis.photometry_duplicate.day_n is 'Days since the subject''s first session.';
comment on column analysis.photometry_duplicate.n_sessions is 'Photometry sessions of the subject on that day.';
comment on column analysis.photometry_duplicate.is_good is
    'Whether the session has no error that spoils a duplicate (photometry.error_type).';
comment on column analysis.photometry_duplicate.is_kept is 'Whether analyses take this one of the day.';
comment on column analysis.photometry_duplicate.is_true_duplicate is
    'Whether TrueDuplicateSession is logged here: the first session of a day with several good ones.';
comment on column analysis.photometry_duplicate.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_duplicate.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_duplicate.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_duplicate.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_duplicate.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.photometry_error as
with noticed as (
    select
        session_id,
        error_type,
        message as error_message
    from photometry.logged_error
    union
    select
        session_id,
        'TrueDuplicateSession',
        'several good sessions of the subject on one day; the first is kept'
    from analysis.photometry_duplicate
    where is_true_duplicate
)
select
    noticed.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    noticed.error_type,
    noticed.error_message,
    null::text as traceback,
    session.source,
    coalesce(session.is_excluded, false) as is_excluded
from noticed
left join core.session_context as session using (session_id);
comment on view analysis.photometry_error is
    'Error log of photometry sessions: what ingest refused, findings of the metadata, failed keys and findings of '
    'the computed tables, duplicates. One row per session, type and message.';
comment on column analysis.photometry_error.session_id is 'The session; null when it is not known.';
comment on column analysis.photometry_error.error_type is 'Kind of error, see photometry.error_type.';
comment on column analysis.photometry_error.error_message is 'What was found.';
comment on column analysis.photometry_error.traceback is 'Null: errors are told by type and message.';
comment on column analysis.photometry_error.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_error.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_error.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_error.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_error.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.photometry_recording as
select
    recording.session_id,
    recording.fiber_idx,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.start_time,
    catalog_session.session_type,
    catalog_session.day_n,
    catalog_session.session_n,
    recording.neuromodulator as nm,
    recording.target_nm,
    recording.brain_region,
    recording.hemisphere,
    recording.recorded_region,
    recording.has_signal,
    preprocessed.iso_correlation::double precision as iso_correlation,
    preprocessed.sampling_rate_hz::double precision as fs_hz,
    preprocessed.n_samples,
    preprocessed.start_s::double precision as start_s,
    signal.ref as signal_ref,
    exists (
        select
        from photometry.response
        where response.session_id = recording.session_id
            and response.fiber_idx = recording.fiber_idx
            and response.preprocess_params_id = 'default'
            and response.response_params_id = 'default'
            and response.n_valid > 0
    ) as has_responses,
    session.source,
    session.is_excluded or exists (
        select
        from core.exclusion
        where exclusion.lifted_at is null
            and exclusion.session_id = recording.session_id
            and exclusion.fiber_idx = recording.fiber_idx
    ) as is_excluded
from photometry.catalog_recording as recording
join photometry.catalog_session using (subject_id, session_id)
join core.session_context as session using (session_id)
left join photometry.preprocessed
    on preprocessed.session_id = recording.session_id
    and preprocessed.fiber_idx = recording.fiber_idx
    and preprocessed.preprocess_params_id = 'default'
left join store.array as signal on signal.array_id = preprocessed.signal_array_id;
comment on view analysis.photometry_recording is
    'Recordings with their targets, as repaired by the catalogue. One row per session and fibre.';
comment on column analysis.photometry_recording.session_id is 'The session.';
comment on column analysis.photometry_recording.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column analysis.photometry_recording.subject_nickname is 'Name of the subject.';
comment on column analysis.photometry_recording.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_recording.start_time is 'Start of the session.';
comment on column analysis.photometry_recording.session_type is
    'Kind of session: training, biased, ephys, ...; null when the protocol tells none.';
comment on column analysis.photometry_recording.day_n is 'Days since the subject''s first session.';
comment on column analysis.photometry_recording.session_n is
    'Rank of the session''s date among the subject''s dates, from 1.';
comment on column analysis.photometry_recording.nm is 'Neuromodulator: DA, 5HT, NE, ACh; null when the region is no target.';
comment on column analysis.photometry_recording.target_nm is
    'Region and neuromodulator (VTA-DA); null when the region is no target.';
comment on column analysis.photometry_recording.brain_region is
    'Region, with its side where the source gives it in the name.';
comment on column analysis.photometry_recording.hemisphere is 'l or r; null on the midline and when it is not known.';
comment on column analysis.photometry_recording.recorded_region is
    'Region before the repair; null when it was taken from the subject''s other sessions or fibres.';
comment on column analysis.photometry_recording.has_signal is 'Whether the raw signal is there.';
comment on column analysis.photometry_recording.iso_correlation is
    'Share of the signal''s variance that the isosbestic band explains, 0 to 1; null before preprocessing.';
comment on column analysis.photometry_recording.fs_hz is
    'Sampling rate of the preprocessed signal [1/s]; null before preprocessing.';
comment on column analysis.photometry_recording.n_samples is 'Samples of the preprocessed signal.';
comment on column analysis.photometry_recording.start_s is 'Time of its first sample [s, session clock].';
comment on column analysis.photometry_recording.signal_ref is 'Where it lies in the array store: trialbase array show REF.';
comment on column analysis.photometry_recording.has_responses is
    'Whether some trial of its session has a response to some event in this recording.';
comment on column analysis.photometry_recording.is_excluded is
    'Whether the recording, its session or its subject was taken out of analyses by hand.';
comment on column analysis.photometry_recording.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_recording.source is 'Source of the session; simulated when it is made up.';

create or replace view analysis.photometry_qc as
select
    qc.session_id,
    qc.fiber_idx,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    recording.target_nm,
    recording.brain_region,
    qc.band,
    qc.whole_unique_samples::double precision as n_unique_samples,
    raw_qc.n_band_inversions,
    raw_qc.n_early_samples,
    qc.reference_ar_score::double precision as ar_score,
    qc.reference_median_absolute_deviance::double precision as median_absolute_deviance,
    qc.reference_percentile_asymmetry::double precision as percentile_asymmetry,
    qc.reference_percentile_distance::double precision as percentile_distance,
    case when qc.band = 'GCaMP' then signal_qc.bleaching_tau_s end::double precision as bleaching_tau_s,
    case when qc.band = 'GCaMP' then recording.iso_correlation end::double precision as iso_correlation,
    case when qc.band = 'GCaMP' then signal_qc.is_bleaching end as is_bleaching,
    qc.reference_unique_samples::double precision as n_unique_samples_reference,
    qc.whole_ar_score::double precision as whole_ar_score,
    qc.whole_median_absolute_deviance::double precision as whole_median_absolute_deviance,
    qc.whole_percentile_asymmetry_75::double precision as whole_percentile_asymmetry,
    qc.whole_percentile_distance::double precision as whole_percentile_distance,
    qc.window_ar_score::double precision as window_ar_score,
    qc.window_median_absolute_deviance::double precision as window_median_absolute_deviance,
    qc.window_percentile_asymmetry_75::double precision as window_percentile_asymmetry,
    qc.window_percentile_distance::double precision as window_percentile_distance,
    qc.n_windows,
    qc.whole_unique_samples > params.min_unique_samples as passes_unique_samples,
    raw_qc.n_band_inversions = 0 as passes_band_inversions,
    qc.whole_unique_samples > params.min_unique_samples and raw_qc.n_band_inversions = 0 as passes_basic_qc,
    session.source,
    coalesce(recording.is_excluded, session.is_excluded) as is_excluded
from photometry.signal_qc_band as qc
join photometry.signal_qc using (session_id, fiber_idx, params_id)
join photometry.signal_qc_params as params using (params_id)
join photometry.raw_qc using (session_id)
join core.session_context as session on session.session_id = qc.session_id
left join analysis.photometry_recording as recording
    on recording.session_id = qc.session_id
    and recording.fiber_idx = qc.fiber_idx
where qc.params_id = 'default';
comment on view analysis.photometry_qc is
    'Quality of raw signals. The metrics are the mean over whole signal and windows, as in the reference''s table; '
    'whole_ and window_ columns keep them apart. One row per session, fibre and band.';
comment on column analysis.photometry_qc.session_id is 'The session.';
comment on column analysis.photometry_qc.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column analysis.photometry_qc.subject_nickname is 'Name of the subject; null before the catalogue is made.';
comment on column analysis.photometry_qc.target_nm is 'Region and neuromodulator; null when the region is no target.';
comment on column analysis.photometry_qc.brain_region is 'Region of the fibre.';
comment on column analysis.photometry_qc.band is 'GCaMP, Isosbestic or RCaMP.';
comment on column analysis.photometry_qc.n_unique_samples is
    'Share of distinct values of the whole signal, 0 to 1 (a share despite its name).';
comment on column analysis.photometry_qc.n_band_inversions is
    'Consecutive frames under the same LEDs, in the whole session.';
comment on column analysis.photometry_qc.n_early_samples is 'Frames that come too early, in the whole session.';
comment on column analysis.photometry_qc.ar_score is
    'Share of the variance that the two samples before explain; can be negative.';
comment on column analysis.photometry_qc.median_absolute_deviance is 'Median distance from the median [raw units].';
comment on column analysis.photometry_qc.percentile_asymmetry is
    'Upper over lower spread, at 75 % for the whole signal and 95 % in windows.';
comment on column analysis.photometry_qc.percentile_distance is 'Distance of the 95 % from the 50 % quantile [SD].';
comment on column analysis.photometry_qc.bleaching_tau_s is 'Time constant of bleaching [s]; GCaMP alone.';
comment on column analysis.photometry_qc.iso_correlation is
    'Share of the signal''s variance that the isosbestic band explains, 0 to 1; GCaMP alone.';
comment on column analysis.photometry_qc.is_bleaching is
    'Whether the signal falls at a rate within the limits, so that bleaching_tau means something; GCaMP alone.';
comment on column analysis.photometry_qc.n_unique_samples_reference is
    'Mean of n_unique_samples over whole signal and windows, as the reference has it.';
comment on column analysis.photometry_qc.whole_ar_score is 'ar_score of the whole signal.';
comment on column analysis.photometry_qc.whole_median_absolute_deviance is 'median_absolute_deviance of the whole signal.';
comment on column analysis.photometry_qc.whole_percentile_asymmetry is 'percentile_asymmetry of the whole signal, at 75 %.';
comment on column analysis.photometry_qc.whole_percentile_distance is 'percentile_distance of the whole signal.';
comment on column analysis.photometry_qc.window_ar_score is 'Mean ar_score of the windows.';
comment on column analysis.photometry_qc.window_median_absolute_deviance is 'Mean median_absolute_deviance of the windows.';
comment on column analysis.photometry_qc.window_percentile_asymmetry is 'Mean percentile_asymmetry of the windows, at 75 %.';
comment on column analysis.photometry_qc.window_percentile_distance is 'Mean percentile_distance of the windows.';
comment on column analysis.photometry_qc.n_windows is 'Windows.';
comment on column analysis.photometry_qc.passes_unique_samples is 'Whether n_unique_samples is above the least share.';
comment on column analysis.photometry_qc.passes_band_inversions is 'Whether the session has no band inversion.';
comment on column analysis.photometry_qc.passes_basic_qc is 'Both of them.';
comment on column analysis.photometry_qc.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_qc.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_qc.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_qc.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.photometry_performance as
select
    performance.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    performance.session_type,
    performance.n_trials,
    array(
        select performance_contrast.contrast_percent::double precision / 100
        from photometry.performance_contrast
        where performance_contrast.session_id = performance.session_id
        order by performance_contrast.contrast_percent
    ) as contrasts,
    performance.fraction_correct::double precision as fraction_rewarded,
    performance.fraction_correct_easy::double precision as fraction_rewarded_easy,
    performance.fraction_correct_nonzero::double precision as fraction_rewarded_nonzero,
    performance.nogo_fraction::double precision as nogo_fraction,
    block_50.bias_percent::double precision as psych_50_bias_percent,
    block_50.threshold_percent::double precision as psych_50_threshold_percent,
    block_50.lapse_left::double precision as psych_50_lapse_left,
    block_50.lapse_right::double precision as psych_50_lapse_right,
    block_50.r_squared::double precision as psych_50_r_squared,
    block_50.n_trials as psych_50_n_trials,
    block_50.fit_quality as psych_50_fit_quality,
    block_20.bias_percent::double precision as psych_20_bias_percent,
    block_20.threshold_percent::double precision as psych_20_threshold_percent,
    block_20.lapse_left::double precision as psych_20_lapse_left,
    block_20.lapse_right::double precision as psych_20_lapse_right,
    block_20.r_squared::double precision as psych_20_r_squared,
    block_20.n_trials as psych_20_n_trials,
    block_20.fit_quality as psych_20_fit_quality,
    block_80.bias_percent::double precision as psych_80_bias_percent,
    block_80.threshold_percent::double precision as psych_80_threshold_percent,
    block_80.lapse_left::double precision as psych_80_lapse_left,
    block_80.lapse_right::double precision as psych_80_lapse_right,
    block_80.r_squared::double precision as psych_80_r_squared,
    block_80.n_trials as psych_80_n_trials,
    block_80.fit_quality as psych_80_fit_quality,
    performance.bias_shift_percent::double precision as bias_shift_percent,
    performance.bias_shift_quality,
    performance.is_block_repaired,
    session.source,
    session.is_excluded
from photometry.session_performance as performance
join core.session_context as session on session.session_id = performance.session_id
left join photometry.block_psychometric as block_50
    on block_50.session_id = performance.session_id
    and block_50.block = 50
left join photometry.block_psychometric as block_20
    on block_20.session_id = performance.session_id
    and block_20.block = 20
left join photometry.block_psychometric as block_80
    on block_80.session_id = performance.session_id
    and block_80.block = 80;
comment on view analysis.photometry_performance is
    'Task performance of photometry sessions. One row per session with at least 90 trials.';
comment on column analysis.photometry_performance.session_id is 'The session.';
comment on column analysis.photometry_performance.session_type is 'Kind of session by its protocol, else by its blocks.';
comment on column analysis.photometry_performance.n_trials is 'Trials.';
comment on column analysis.photometry_performance.contrasts is 'Contrasts shown, ascending, 0 to 1.';
comment on column analysis.photometry_performance.fraction_rewarded is
    'Share rewarded of the trials with a response, 0 to 1 (fraction_correct of the reference).';
comment on column analysis.photometry_performance.fraction_rewarded_easy is
    'The same at 50 % contrast or more, 0 to 1; null for none.';
comment on column analysis.photometry_performance.fraction_rewarded_nonzero is
    'The same at any non-zero contrast, which the reference calls easy, 0 to 1.';
comment on column analysis.photometry_performance.nogo_fraction is 'Share of the trials without response, 0 to 1.';
comment on column analysis.photometry_performance.psych_50_bias_percent is 'Bias at probability left 50 % [% contrast].';
comment on column analysis.photometry_performance.psych_50_threshold_percent is 'Threshold at probability left 50 % [% contrast].';
comment on column analysis.photometry_performance.psych_50_lapse_left is
    'Reports left of strong stimuli on the right at probability left 50 %, 0 to 1.';
comment on column analysis.photometry_performance.psych_50_lapse_right is
    'Reports right of strong stimuli on the left at probability left 50 %, 0 to 1.';
comment on column analysis.photometry_performance.psych_50_r_squared is
    'Share of the variance of the observed fractions that this fit explains, 0 to 1.';
comment on column analysis.photometry_performance.psych_50_n_trials is 'Trials with probability left 50 %.';
comment on column analysis.photometry_performance.psych_50_fit_quality is
    'Whether this fit means something: good, at_bound, too_few_levels or flat; see task.psychometric_fit.';
comment on column analysis.photometry_performance.psych_20_bias_percent is 'Bias at probability left 20 % [% contrast].';
comment on column analysis.photometry_performance.psych_20_threshold_percent is 'Threshold at probability left 20 % [% contrast].';
comment on column analysis.photometry_performance.psych_20_lapse_left is
    'Reports left of strong stimuli on the right at probability left 20 %, 0 to 1.';
comment on column analysis.photometry_performance.psych_20_lapse_right is
    'Reports right of strong stimuli on the left at probability left 20 %, 0 to 1.';
comment on column analysis.photometry_performance.psych_20_r_squared is
    'Share of the variance of the observed fractions that this fit explains, 0 to 1.';
comment on column analysis.photometry_performance.psych_20_n_trials is 'Trials with probability left 20 %.';
comment on column analysis.photometry_performance.psych_20_fit_quality is
    'Whether this fit means something: good, at_bound, too_few_levels or flat; see task.psychometric_fit.';
comment on column analysis.photometry_performance.psych_80_bias_percent is 'Bias at probability left 80 % [% contrast].';
comment on column analysis.photometry_performance.psych_80_threshold_percent is 'Threshold at probability left 80 % [% contrast].';
comment on column analysis.photometry_performance.psych_80_lapse_left is
    'Reports left of strong stimuli on the right at probability left 80 %, 0 to 1.';
comment on column analysis.photometry_performance.psych_80_lapse_right is
    'Reports right of strong stimuli on the left at probability left 80 %, 0 to 1.';
comment on column analysis.photometry_performance.psych_80_r_squared is
    'Share of the variance of the observed fractions that this fit explains, 0 to 1.';
comment on column analysis.photometry_performance.psych_80_n_trials is 'Trials with probability left 80 %.';
comment on column analysis.photometry_performance.psych_80_fit_quality is
    'Whether this fit means something: good, at_bound, too_few_levels or flat; see task.psychometric_fit.';
comment on column analysis.photometry_performance.bias_shift_percent is
    'Bias at 80 % minus bias at 20 % [% contrast]; null unless both blocks were fitted. Whether it means something is told by '
    'bias_shift_quality.';
comment on column analysis.photometry_performance.bias_shift_quality is
    'Whether bias_shift_percent means something: the worse of psych_20_fit_quality and psych_80_fit_quality; average where it is good. '
    'Null unless both blocks were fitted.';
comment on column analysis.photometry_performance.is_block_repaired is
    'Whether the fits use probabilities that were put right.';
comment on column analysis.photometry_performance.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_performance.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_performance.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_performance.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_performance.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.photometry_session as
select
    catalog_session.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.session_number,
    session.start_time,
    session.task_protocol,
    catalog_session.session_type,
    catalog_session.neuromodulator as nm,
    recorded.brain_region,
    recorded.hemisphere,
    recorded.target_nm,
    catalog_session.day_n,
    catalog_session.session_n,
    session.duration_s,
    session.is_duration_from_trials,
    catalog_session.session_length_s::double precision as pipeline_session_length_s,
    session.end_time,
    subject.strain_name as strain,
    subject.line_name as line,
    array(
        select zygosity.allele_name || ' ' || zygosity.zygosity
        from core.zygosity
        where zygosity.subject_id = catalog_session.subject_id
        order by zygosity.allele_name
    ) as genotype,
    array(
        select session_member.user_name
        from core.session_member
        where session_member.session_id = catalog_session.session_id
        order by session_member.user_name
    ) as users,
    array(
        select session_project.project_name
        from core.session_project
        where session_project.session_id = catalog_session.session_id
        order by session_project.project_name
    ) as projects,
    array(
        select case when dataset.collection = '' then '' else dataset.collection || '/' end || dataset.dataset_name
        from store.dataset
        where dataset.session_id = catalog_session.session_id
        order by 1
    ) as datasets,
    catalog_session.is_photometry,
    photometry_session.session_id is not null as has_signals,
    photometry_session.clock,
    raw_qc.n_band_inversions,
    raw_qc.n_early_samples,
    session_check.session_id is not null as passes_session_check,
    session.source,
    session.is_excluded
from photometry.catalog_session
join core.subject using (subject_id)
join core.session_context as session using (session_id)
left join photometry.photometry_session using (session_id)
left join photometry.raw_qc using (session_id)
left join photometry.session_check using (session_id)
cross join lateral (
    select
        coalesce(array_agg(recording.brain_region order by recording.fiber_idx), '{}') as brain_region,
        coalesce(array_agg(coalesce(recording.hemisphere, '') order by recording.fiber_idx), '{}') as hemisphere,
        coalesce(array_agg(recording.target_nm order by recording.fiber_idx), '{}') as target_nm
    from photometry.catalog_recording as recording
    where recording.session_id = catalog_session.session_id
        and recording.subject_id = catalog_session.subject_id
) as recorded;
comment on view analysis.photometry_session is
    'Sessions of subjects with photometry, as the catalogue has them. One row per session.';
comment on column analysis.photometry_session.session_id is 'The session.';
comment on column analysis.photometry_session.subject_nickname is 'Name of the subject.';
comment on column analysis.photometry_session.start_time is 'Start; null when only the date is known.';
comment on column analysis.photometry_session.session_number is 'Number of the session within its subject and date.';
comment on column analysis.photometry_session.task_protocol is 'Name and version of the task.';
comment on column analysis.photometry_session.session_type is
    'Kind of session: training, biased, ephys, ...; null when the protocol tells none.';
comment on column analysis.photometry_session.nm is
    'Neuromodulator of the first recording; null when its region is no target.';
comment on column analysis.photometry_session.brain_region is 'Regions of the recordings in the order of fiber_idx.';
comment on column analysis.photometry_session.hemisphere is 'Their sides: l, r or empty.';
comment on column analysis.photometry_session.target_nm is 'Their labels (VTA-DA); null entries are no targets.';
comment on column analysis.photometry_session.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_session.day_n is 'Days since the subject''s first session.';
comment on column analysis.photometry_session.session_n is 'Rank of the session''s date among the subject''s dates, from 1.';
comment on column analysis.photometry_session.duration_s is
    'End minus start [s]; where either is not recorded, from the start of the first trial to the end of the last (is_duration_from_trials).';
comment on column analysis.photometry_session.is_duration_from_trials is 'Whether duration_s is the span of the trials.';
comment on column analysis.photometry_session.pipeline_session_length_s is
    'session_length as the pipeline has it and writes it to session files [s]: null without an end or when start and end fall on '
    'different dates. The length of the session is duration_s.';
comment on column analysis.photometry_session.end_time is 'End; null when not recorded.';
comment on column analysis.photometry_session.strain is 'Genetic background of the subject.';
comment on column analysis.photometry_session.line is 'Breeding line of the subject.';
comment on column analysis.photometry_session.genotype is 'Alleles of the subject with their zygosity.';
comment on column analysis.photometry_session.users is 'People who ran the session.';
comment on column analysis.photometry_session.projects is 'Projects of the session.';
comment on column analysis.photometry_session.datasets is 'Files that the session lists.';
comment on column analysis.photometry_session.is_photometry is
    'Whether it has signals or listed regions, or belongs to the photometry project.';
comment on column analysis.photometry_session.has_signals is 'Whether its raw signals are there.';
comment on column analysis.photometry_session.clock is
    'session when signals and trials share a clock, else rig; null without signals.';
comment on column analysis.photometry_session.n_band_inversions is
    'Consecutive frames under the same LEDs; null before raw quality control.';
comment on column analysis.photometry_session.n_early_samples is
    'Frames that come too early; null before raw quality control.';
comment on column analysis.photometry_session.passes_session_check is
    'Whether trials lie within the signal and raw quality control passed, so that signals were used.';
comment on column analysis.photometry_session.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.photometry_gate as
with logged as (
    select session_id, array_agg(distinct error_type order by error_type) as error_types
    from analysis.photometry_error
    where session_id is not null
    group by session_id
),
judged as (
    select
        session.session_id,
        session.subject_id,
        context.lab_name,
        context.subject_nickname,
        context.session_date,
        coalesce(session_type.is_analysed, false) as has_session_type,
        not exists (
            select from photometry.excluded_subject where excluded_subject.nickname = context.subject_nickname
        )
        and not exists (
            select from photometry.excluded_session where excluded_session.session_id = session.session_id
        )
        and not context.is_excluded as is_not_excluded,
        not exists (
            select from photometry.error_type
            where error_type.is_blocker
                and error_type.error_type = any (logged.error_types)
        ) as has_no_blocker,
        coalesce(duplicate.is_kept, false) as is_kept,
        exists (
            select
            from photometry.catalog_recording as recording
            join photometry.target using (target_nm)
            where recording.session_id = session.session_id
                and recording.subject_id = session.subject_id
                and target.is_analysed
        ) as has_target,
        session_type.min_fraction_correct is null
            or coalesce(performance.fraction_correct >= session_type.min_fraction_correct, false) as reaches_performance,
        performance.session_id is not null
            and not exists (
                (
                    select contrast_percent::double precision from photometry.required_contrast
                    except
                    select contrast_percent::double precision from photometry.performance_contrast
                    where performance_contrast.session_id = session.session_id
                )
                union all
                (
                    select contrast_percent::double precision from photometry.performance_contrast
                    where performance_contrast.session_id = session.session_id
                    except
                    select contrast_percent::double precision from photometry.required_contrast
                )
            ) as has_required_contrasts,
        exists (
            select from photometry.recording
            where recording.session_id = session.session_id
        ) as has_signal,
        exists (
            select from task.choice_trial
            where choice_trial.session_id = session.session_id
        ) as has_trials,
        exists (select from photometry.session_check where session_check.session_id = session.session_id)
        and exists (select from photometry.raw_qc where raw_qc.session_id = session.session_id)
        and exists (
            select from photometry.signal_qc
            where signal_qc.session_id = session.session_id
                and signal_qc.params_id = 'default'
        ) as is_checked,
        exists (
            select
            from analysis.photometry_recording as recording
            join photometry.target using (target_nm)
            where recording.session_id = session.session_id
                and target.is_analysed
                and not recording.is_excluded
                and recording.has_responses
        ) as has_responses,
        coalesce(logged.error_types, '{}') as logged_errors,
        context.source,
        context.is_excluded
    from photometry.catalog_session as session
    join core.session_context as context using (session_id)
    left join photometry.session_type using (session_type)
    left join photometry.session_performance as performance using (session_id)
    left join logged using (session_id)
    left join analysis.photometry_duplicate as duplicate using (session_id)
    where session.is_photometry
)
select
    judged.*,
    has_session_type and is_not_excluded and has_no_blocker and is_kept and has_target and reaches_performance
        and has_required_contrasts and has_signal and has_trials and is_checked and has_responses as is_analysed
from judged;
comment on view analysis.photometry_gate is
    'Which photometry sessions analyses take, and which condition keeps the others out. One row per photometry session.';
comment on column analysis.photometry_gate.session_id is 'The session.';
comment on column analysis.photometry_gate.subject_id is 'The subject.';
comment on column analysis.photometry_gate.has_session_type is 'Whether its kind is analysed (photometry.session_type).';
comment on column analysis.photometry_gate.is_not_excluded is
    'Whether neither the session nor its subject is excluded, by hand or by the shipped lists.';
comment on column analysis.photometry_gate.has_no_blocker is
    'Whether no error of the session blocks analyses (photometry.error_type).';
comment on column analysis.photometry_gate.is_kept is 'Whether it is the kept one of its subject and day.';
comment on column analysis.photometry_gate.has_target is
    'Whether one of its recordings is in an analysed target (photometry.target).';
comment on column analysis.photometry_gate.reaches_performance is
    'Whether it reaches the least share correct of its kind (photometry.session_type).';
comment on column analysis.photometry_gate.has_required_contrasts is
    'Whether it shows the contrasts of photometry.required_contrast and no others.';
comment on column analysis.photometry_gate.has_signal is 'Whether its raw signals are loaded.';
comment on column analysis.photometry_gate.has_trials is 'Whether its trials are loaded.';
comment on column analysis.photometry_gate.is_checked is
    'Whether session check, raw frames and signals were judged (photometry.session_check, raw_qc, signal_qc): what is still to be '
    'computed, or failed, has no errors to keep the session out.';
comment on column analysis.photometry_gate.has_responses is
    'Whether one of its recordings in an analysed target that was not taken out by hand has responses (has_responses of '
    'analysis.photometry_recording): what analyses work on.';
comment on column analysis.photometry_gate.logged_errors is 'Kinds of error of the session, in alphabetical order.';
comment on column analysis.photometry_gate.is_analysed is 'All of the conditions.';
comment on column analysis.photometry_gate.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_gate.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_gate.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_gate.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_gate.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.photometry_analysis_session as
select session.*
from analysis.photometry_session as session
join analysis.photometry_gate as gate using (session_id)
where gate.is_analysed;
comment on view analysis.photometry_analysis_session is
    'The sessions that analyses take: analysis.photometry_session where analysis.photometry_gate lets them through. '
    'One row per session.';
comment on column analysis.photometry_analysis_session.session_id is 'The session.';
comment on column analysis.photometry_analysis_session.subject_nickname is 'Name of the subject.';
comment on column analysis.photometry_analysis_session.start_time is 'Start; null when only the date is known.';
comment on column analysis.photometry_analysis_session.session_number is 'Number of the session within its subject and date.';
comment on column analysis.photometry_analysis_session.task_protocol is 'Name and version of the task.';
comment on column analysis.photometry_analysis_session.session_type is
    'Kind of session: training, biased, ephys, ...; null when the protocol tells none.';
comment on column analysis.photometry_analysis_session.nm is
    'Neuromodulator of the first recording; null when its region is no target.';
comment on column analysis.photometry_analysis_session.brain_region is
    'Regions of the recordings in the order of fiber_idx.';
comment on column analysis.photometry_analysis_session.hemisphere is 'Their sides: l, r or empty.';
comment on column analysis.photometry_analysis_session.target_nm is 'Their labels (VTA-DA); null entries are no targets.';
comment on column analysis.photometry_analysis_session.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_analysis_session.day_n is 'Days since the subject''s first session.';
comment on column analysis.photometry_analysis_session.session_n is
    'Rank of the session''s date among the subject''s dates, from 1.';
comment on column analysis.photometry_analysis_session.duration_s is
    'End minus start [s]; where either is not recorded, from the start of the first trial to the end of the last (is_duration_from_trials).';
comment on column analysis.photometry_analysis_session.is_duration_from_trials is 'Whether duration_s is the span of the trials.';
comment on column analysis.photometry_analysis_session.pipeline_session_length_s is
    'session_length as the pipeline has it and writes it to session files [s]: null without an end or when start and end fall on '
    'different dates. The length of the session is duration_s.';
comment on column analysis.photometry_analysis_session.end_time is 'End; null when not recorded.';
comment on column analysis.photometry_analysis_session.strain is 'Genetic background of the subject.';
comment on column analysis.photometry_analysis_session.line is 'Breeding line of the subject.';
comment on column analysis.photometry_analysis_session.genotype is 'Alleles of the subject with their zygosity.';
comment on column analysis.photometry_analysis_session.users is 'People who ran the session.';
comment on column analysis.photometry_analysis_session.projects is 'Projects of the session.';
comment on column analysis.photometry_analysis_session.datasets is 'Files that the session lists.';
comment on column analysis.photometry_analysis_session.is_photometry is
    'Whether it has signals or listed regions, or belongs to the photometry project.';
comment on column analysis.photometry_analysis_session.has_signals is 'Whether its raw signals are there.';
comment on column analysis.photometry_analysis_session.clock is
    'session when signals and trials share a clock, else rig; null without signals.';
comment on column analysis.photometry_analysis_session.n_band_inversions is
    'Consecutive frames under the same LEDs; null before raw quality control.';
comment on column analysis.photometry_analysis_session.n_early_samples is
    'Frames that come too early; null before raw quality control.';
comment on column analysis.photometry_analysis_session.passes_session_check is
    'Whether trials lie within the signal and raw quality control passed, so that signals were used.';
comment on column analysis.photometry_analysis_session.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_analysis_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_analysis_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';

create or replace view analysis.photometry_analysis_recording as
select recording.*
from analysis.photometry_recording as recording
join analysis.photometry_gate as gate using (session_id)
join photometry.target using (target_nm)
where gate.is_analysed
    and target.is_analysed
    and recording.has_responses
    and not recording.is_excluded;
comment on view analysis.photometry_analysis_recording is
    'The recordings that analyses take: those in analysed targets of the sessions of '
    'analysis.photometry_analysis_session that have responses, without those that were taken out by hand. One row per recording.';
comment on column analysis.photometry_analysis_recording.session_id is 'The session.';
comment on column analysis.photometry_analysis_recording.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column analysis.photometry_analysis_recording.subject_nickname is 'Name of the subject.';
comment on column analysis.photometry_analysis_recording.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_analysis_recording.start_time is 'Start of the session.';
comment on column analysis.photometry_analysis_recording.session_type is
    'Kind of session: training, biased, ephys, ...; null when the protocol tells none.';
comment on column analysis.photometry_analysis_recording.day_n is 'Days since the subject''s first session.';
comment on column analysis.photometry_analysis_recording.session_n is
    'Rank of the session''s date among the subject''s dates, from 1.';
comment on column analysis.photometry_analysis_recording.nm is
    'Neuromodulator: DA, 5HT, NE, ACh; null when the region is no target.';
comment on column analysis.photometry_analysis_recording.target_nm is
    'Region and neuromodulator (VTA-DA); null when the region is no target.';
comment on column analysis.photometry_analysis_recording.brain_region is
    'Region, with its side where the source gives it in the name.';
comment on column analysis.photometry_analysis_recording.hemisphere is
    'l or r; null on the midline and when it is not known.';
comment on column analysis.photometry_analysis_recording.recorded_region is
    'Region before the repair; null when it was taken from the subject''s other sessions or fibres.';
comment on column analysis.photometry_analysis_recording.has_signal is 'Whether the raw signal is there.';
comment on column analysis.photometry_analysis_recording.iso_correlation is
    'Share of the signal''s variance that the isosbestic band explains, 0 to 1; null before preprocessing.';
comment on column analysis.photometry_analysis_recording.fs_hz is
    'Sampling rate of the preprocessed signal [1/s]; null before preprocessing.';
comment on column analysis.photometry_analysis_recording.n_samples is 'Samples of the preprocessed signal.';
comment on column analysis.photometry_analysis_recording.start_s is 'Time of its first sample [s, session clock].';
comment on column analysis.photometry_analysis_recording.signal_ref is
    'Where it lies in the array store: trialbase array show REF.';
comment on column analysis.photometry_analysis_recording.has_responses is
    'Whether some trial of its session has a response to some event in this recording: true.';
comment on column analysis.photometry_analysis_recording.is_excluded is
    'Whether the recording, its session or its subject was taken out of analyses by hand.';
comment on column analysis.photometry_analysis_recording.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_analysis_recording.source is 'Source of the session; simulated when it is made up.';

-- What was not measured: holes between frames, and where the preprocessed signal was drawn across them.
create or replace view analysis.photometry_hole as
select
    hole.session_id,
    hole.fiber_idx,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    recording.target_nm,
    raw.brain_region,
    hole.hole_no,
    hole.start_s::double precision as start_s,
    hole.end_s::double precision as end_s,
    (hole.end_s - hole.start_s)::double precision as duration_s,
    (
        select count(*)::integer
        from task.choice_trial as trial
        where trial.session_id = hole.session_id
            and trial.stim_on_s > hole.start_s
            and trial.stim_on_s < hole.end_s
    ) as n_trials,
    session.source,
    session.is_excluded or exists (
        select
        from core.exclusion
        where exclusion.lifted_at is null
            and exclusion.session_id = hole.session_id
            and exclusion.fiber_idx = hole.fiber_idx
    ) as is_excluded
from photometry.preprocessed_hole as hole
join photometry.recording as raw using (session_id, fiber_idx)
join core.session_context as session using (session_id)
left join photometry.catalog_recording as recording
    on recording.session_id = hole.session_id
    and recording.fiber_idx = hole.fiber_idx
    and recording.subject_id = session.subject_id
where hole.preprocess_params_id = 'default';
comment on view analysis.photometry_hole is
    'Where a preprocessed signal was drawn across missing frames (more than three of the raw band''s intervals): nothing was measured '
    'there, and trials there have no response. One row per session, fibre and hole.';
comment on column analysis.photometry_hole.session_id is 'The session.';
comment on column analysis.photometry_hole.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column analysis.photometry_hole.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_hole.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_hole.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_hole.target_nm is
    'Region and neuromodulator; null when the region is no target, and before the catalogue is computed.';
comment on column analysis.photometry_hole.brain_region is 'Region of the fibre, as the recording names it.';
comment on column analysis.photometry_hole.hole_no is 'Number of the hole within its recording, from 1, in order of time.';
comment on column analysis.photometry_hole.start_s is 'Last sample before the hole [s, session clock].';
comment on column analysis.photometry_hole.end_s is 'First sample after the hole [s, session clock].';
comment on column analysis.photometry_hole.duration_s is 'Length of the hole [s].';
comment on column analysis.photometry_hole.n_trials is 'Trials whose stimulus came on in the hole.';
comment on column analysis.photometry_hole.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_hole.is_excluded is
    'Whether the recording, its session or its subject was taken out of analyses by hand.';

create or replace view analysis.photometry_missing as
with holes as (
    select
        session_id,
        fiber_idx,
        count(*)::integer as n_holes,
        sum(duration_s) as holes_s,
        sum(n_trials)::integer as n_trials_in_holes
    from analysis.photometry_hole
    group by session_id, fiber_idx
)
select
    raw.session_id,
    raw.fiber_idx,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    recording.target_nm,
    raw.brain_region,
    photometry_session.n_frames,
    raw_qc.n_missing_frames,
    coalesce(raw_qc.n_skipped_frames, photometry_session.n_skipped_frames) as n_skipped_frames,
    raw_qc.longest_hole_s::double precision as longest_hole_s,
    case when preprocessed.session_id is not null then coalesce(holes.n_holes, 0) end as n_holes,
    case when preprocessed.session_id is not null then coalesce(holes.holes_s, 0) end as holes_s,
    case when preprocessed.session_id is not null then coalesce(holes.n_trials_in_holes, 0) end as n_trials_in_holes,
    (preprocessed.n_samples / preprocessed.sampling_rate_hz)::double precision as signal_s,
    session.source,
    session.is_excluded or exists (
        select
        from core.exclusion
        where exclusion.lifted_at is null
            and exclusion.session_id = raw.session_id
            and exclusion.fiber_idx = raw.fiber_idx
    ) as is_excluded
from photometry.recording as raw
join photometry.photometry_session using (session_id)
join core.session_context as session using (session_id)
left join photometry.catalog_recording as recording
    on recording.session_id = raw.session_id
    and recording.fiber_idx = raw.fiber_idx
    and recording.subject_id = session.subject_id
left join photometry.raw_qc on raw_qc.session_id = raw.session_id
left join photometry.preprocessed
    on preprocessed.session_id = raw.session_id
    and preprocessed.fiber_idx = raw.fiber_idx
    and preprocessed.preprocess_params_id = 'default'
left join holes
    on holes.session_id = raw.session_id
    and holes.fiber_idx = raw.fiber_idx;
comment on view analysis.photometry_missing is
    'What is missing of a recording: frames that were never taken and holes of its preprocessed signal; where they lie is in '
    'analysis.photometry_hole. One row per session and fibre with raw signals.';
comment on column analysis.photometry_missing.session_id is 'The session.';
comment on column analysis.photometry_missing.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column analysis.photometry_missing.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_missing.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_missing.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_missing.target_nm is
    'Region and neuromodulator; null when the region is no target, and before the catalogue is computed.';
comment on column analysis.photometry_missing.brain_region is 'Region of the fibre, as the recording names it.';
comment on column analysis.photometry_missing.n_frames is 'Frames of the session that are there, all bands together.';
comment on column analysis.photometry_missing.n_missing_frames is
    'Frames of the session that are missing by their times: those that would fill every hole evenly; null before raw quality is computed.';
comment on column analysis.photometry_missing.n_skipped_frames is
    'Frames of the session that the acquisition''s own counter passed over; null where the source has no counter.';
comment on column analysis.photometry_missing.longest_hole_s is
    'Longest time from a frame of the session to the next [s]; null before raw quality is computed.';
comment on column analysis.photometry_missing.n_holes is
    'Holes of the preprocessed signal; 0 when it is whole, null when there is none.';
comment on column analysis.photometry_missing.holes_s is 'Length of these holes together [s]; null without preprocessed signal.';
comment on column analysis.photometry_missing.n_trials_in_holes is
    'Trials whose stimulus came on in a hole, which have no response; null without preprocessed signal.';
comment on column analysis.photometry_missing.signal_s is 'Length of the preprocessed signal [s], holes included; null when there is none.';
comment on column analysis.photometry_missing.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_missing.is_excluded is
    'Whether the recording, its session or its subject was taken out of analyses by hand.';

-- The catalogue shows times by the lab's clock.
create or replace function photometry.note_changed_lab() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into photometry.rules_revision as revised (subject_id, revision)
    select distinct s.subject_id, 1
    from old_row as o
    join new_row as n using (lab_name)
    join core.session as s using (lab_name)
    where n.time_zone is distinct from o.time_zone
    order by s.subject_id
    on conflict (subject_id) do update set revision = revised.revision + 1;
    return null;
end
$$;
comment on function photometry.note_changed_lab() is
    'Trigger: a changed time zone of a lab counts as a change of rules for the subjects with sessions there.';
create or replace trigger note_changed_lab after update on core.lab
referencing old table as old_row new table as new_row
for each statement execute function photometry.note_changed_lab();
