-- What the session file of the photometry pipeline holds of a session, as one document; `trialbase export session-h5` writes it.
-- Source: spec/photometry.md, 16.

create or replace function analysis.photometry_session_document(
    p_session uuid, p_preprocess_params text default 'default', p_response_params text default 'default',
    p_qc_params text default 'default', p_wheel_params text default 'default'
) returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'metadata', (
            select jsonb_build_object(
                'eid', s.session_id,
                'subject', u.nickname,
                'start_time', clock.start_text,
                'number', s.session_number,
                'task_protocol', s.task_protocol,
                'session_type', v.session_type,
                'lab', s.lab_name,
                'NM', v.nm,
                'strain', u.strain_name,
                'line', u.line_name,
                'end_time', clock.end_text,
                'session_length', v.pipeline_session_length_s,
                'day_n', v.day_n,
                'session_n', v.session_n::double precision,
                'url', null,
                'genotype', coalesce(v.genotype, '{}'),
                'projects', coalesce(v.projects, '{}'),
                'users', coalesce(v.users, '{}'),
                'brain_region', coalesce(v.brain_region, recorded.brain_region),
                'hemisphere', coalesce(v.hemisphere, recorded.no_text),
                'target_NM', coalesce(v.target_nm, recorded.no_text),
                'datasets', coalesce(v.datasets, '{}'))
            from core.session as s
            join core.subject as u using (subject_id)
            join core.lab as l on l.lab_name = s.lab_name
            left join analysis.photometry_session as v on v.session_id = s.session_id
            cross join lateral (  -- before the catalogue is made
                select
                    coalesce(array_agg(r.brain_region order by r.fiber_idx), '{}') as brain_region,
                    coalesce(array_agg(''::text), '{}') as no_text
                from photometry.recording as r
                where r.session_id = s.session_id
            ) as recorded
            cross join lateral (  -- as the lab's database of the source has them: at the rig's clock, without a zone
                select
                    regexp_replace(to_char(s.start_time at time zone coalesce(l.time_zone, 'UTC'), 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                        '\.000000$', '') as start_text,
                    regexp_replace(to_char(s.end_time at time zone coalesce(l.time_zone, 'UTC'), 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                        '\.000000$', '') as end_text
            ) as clock
            where s.session_id = p_session),
        'is_photometry', coalesce((select v.is_photometry from analysis.photometry_session as v where v.session_id = p_session), false)
            or exists (select from photometry.recording as r where r.session_id = p_session),
        'errors', coalesce(
            (select jsonb_agg(jsonb_build_object('type', e.error_type, 'message', e.error_message) order by e.error_type, e.error_message)
             from (select distinct error_type, error_message from analysis.photometry_error where session_id = p_session) as e), '[]'),
        'trials', (
            select jsonb_build_object(
                'stimOn_times', jsonb_agg(t.stim_on_s order by t.trial),
                'response_times', jsonb_agg(t.response_s order by t.trial),
                'firstMovement_times', jsonb_agg(t.first_movement_s order by t.trial),
                'feedback_times', jsonb_agg(t.feedback_s order by t.trial),
                'choice', jsonb_agg(t.choice order by t.trial),
                'feedbackType', jsonb_agg(t.feedback_type order by t.trial),
                'probabilityLeft', jsonb_agg(t.probability_left order by t.trial),
                -- Without contrast the side is not known either. (The reference writes contrast 0 on the right.)
                'stim_side', jsonb_agg(
                    case when t.contrast_left is not null then 'left' when t.contrast_right is not null then 'right' end
                    order by t.trial),
                'contrast', jsonb_agg(100 * coalesce(t.contrast_right, t.contrast_left) order by t.trial),
                'signed_contrast', jsonb_agg(
                    case when t.contrast_left is null then 100 * t.contrast_right
                         else -100 * coalesce(t.contrast_right, t.contrast_left) end order by t.trial))
            from task.choice_trial as t where t.session_id = p_session
            having count(*) > 0),
        'recordings', coalesce((
            select jsonb_agg(jsonb_build_object(
                'brain_region', region.brain_region,
                'qc', (
                    select jsonb_agg(jsonb_build_object(
                        'eid', p_session,
                        'brain_region', region.brain_region,
                        'band', b.band,
                        'n_unique_samples', b.whole_unique_samples,
                        'n_band_inversions', raw.n_band_inversions,
                        'n_early_samples', raw.n_early_samples,
                        'ar_score', b.reference_ar_score,
                        'median_absolute_deviance', b.reference_median_absolute_deviance,
                        'percentile_asymmetry', b.reference_percentile_asymmetry,
                        'percentile_distance', b.reference_percentile_distance,
                        'bleaching_tau', case when b.band = 'GCaMP' then q.bleaching_tau_s end,
                        'iso_correlation', case when b.band = 'GCaMP' then p.iso_correlation end,
                        'n_unique_samples_reference', b.reference_unique_samples,
                        'n_windows', b.n_windows,
                        'whole_ar_score', b.whole_ar_score,
                        'whole_median_absolute_deviance', b.whole_median_absolute_deviance,
                        'whole_percentile_asymmetry', b.whole_percentile_asymmetry_75,
                        'whole_percentile_distance', b.whole_percentile_distance,
                        'window_ar_score', b.window_ar_score,
                        'window_median_absolute_deviance', b.window_median_absolute_deviance,
                        'window_percentile_asymmetry', b.window_percentile_asymmetry_75,
                        'window_percentile_distance', b.window_percentile_distance) order by b.band)
                    from photometry.signal_qc_band as b
                    join photometry.signal_qc as q using (session_id, fiber_idx, params_id)
                    left join photometry.raw_qc as raw using (session_id)
                    left join photometry.preprocessed as p
                        on (p.session_id, p.fiber_idx, p.preprocess_params_id) = (b.session_id, b.fiber_idx, p_preprocess_params)
                    where b.session_id = p_session and b.fiber_idx = r.fiber_idx and b.params_id = p_qc_params),
                'preprocessed', (
                    select jsonb_build_object('ref', a.ref, 'start_s', p.start_s, 'fs', p.sampling_rate_hz)
                    from photometry.preprocessed as p join store.array as a on a.array_id = p.signal_array_id
                    where p.session_id = p_session and p.fiber_idx = r.fiber_idx and p.preprocess_params_id = p_preprocess_params),
                'responses', (
                    select jsonb_build_object('fs', s.sampling_rate_hz, 'first_offset_s', s.first_offset_s, 'n_samples', s.n_samples,
                        'window', jsonb_build_array(g.window_begin_s, g.window_end_s),
                        'events', (
                            select jsonb_object_agg(e.event, a.ref)
                            from photometry.response as e join store.array as a on a.array_id = e.traces_array_id
                            where (e.session_id, e.fiber_idx, e.preprocess_params_id, e.response_params_id)
                                = (s.session_id, s.fiber_idx, s.preprocess_params_id, s.response_params_id)))
                    from photometry.response_set as s join photometry.response_params as g using (response_params_id)
                    where s.session_id = p_session and s.fiber_idx = r.fiber_idx
                      and s.preprocess_params_id = p_preprocess_params and s.response_params_id = p_response_params)
                ) order by r.fiber_idx)
            from photometry.recording as r
            cross join lateral (  -- the catalogue's name, as in the metadata
                select coalesce(
                    (select c.brain_region
                     from photometry.catalog_recording as c
                     join core.session using (subject_id, session_id)
                     where c.session_id = r.session_id and c.fiber_idx = r.fiber_idx),
                    r.brain_region) as brain_region
            ) as region
            where r.session_id = p_session), '[]'),
        'wheel', (
            select jsonb_build_object('ref', a.ref, 'start_s', w.start_s, 'fs', w.sampling_rate_hz, 'time_precision', g.time_precision)
            from task.wheel_velocity as w
            join task.wheel_params as g using (wheel_params_id)
            join store.array as a on a.array_id = w.velocity_array_id
            where w.session_id = p_session and w.wheel_params_id = p_wheel_params))
    where exists (select from core.session as s where s.session_id = p_session);
$$;
comment on function analysis.photometry_session_document(uuid, text, text, text, text) is
    'Everything that a session file of the photometry pipeline holds of a session, with references to the array store in place of arrays; null for an unknown session. Arguments: session and parameter sets of preprocessing, responses, quality control and wheel.';

create or replace function analysis.photometry_unknown_params(
    p_preprocess_params_id text, p_response_params_id text, p_signal_qc_params_id text, p_wheel_params_id text
) returns table (step text, name text)
language sql stable as $$
    select v.step, v.name
    from (values
        ('preprocessing', p_preprocess_params_id,
         exists (select from photometry.preprocess_params where preprocess_params_id = p_preprocess_params_id)),
        ('responses', p_response_params_id,
         exists (select from photometry.response_params where response_params_id = p_response_params_id)),
        ('quality control', p_signal_qc_params_id,
         exists (select from photometry.signal_qc_params where params_id = p_signal_qc_params_id)),
        ('the wheel', p_wheel_params_id,
         exists (select from task.wheel_params where wheel_params_id = p_wheel_params_id))
    ) as v (step, name, is_there)
    where not v.is_there;
$$;
comment on function analysis.photometry_unknown_params(text, text, text, text) is
    'Those of the parameter sets named for a session''s document that do not exist. One row per such set: what it is for, and its name.';
