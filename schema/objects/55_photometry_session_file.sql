-- What the session file of the photometry pipeline holds of a session, as one document; `trialbase export session-h5` writes it.
-- Source: spec/photometry.md, 16.

create or replace function analysis.photometry_session_document(
    p_session uuid, p_preprocess_params text default 'default', p_response_params text default 'default',
    p_qc_params text default 'default', p_wheel_params text default 'default'
) returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'metadata', coalesce(
            (select to_jsonb(v) || jsonb_build_object('NM', v.nm) - 'nm' from analysis.photometry_session as v where v.eid = p_session),
            (select jsonb_build_object('eid', s.session_id, 'subject', u.nickname, 'start_time', s.start_time,
                        'number', s.session_number, 'task_protocol', s.task_protocol, 'lab', s.lab_name, 'end_time', s.end_time)
             from core.session as s join core.subject as u using (subject_id) where s.session_id = p_session)),
        'errors', coalesce(
            (select jsonb_agg(jsonb_build_object('type', e.error_type, 'message', e.error_message) order by e.error_type, e.error_message)
             from (select distinct error_type, error_message from analysis.photometry_error where eid = p_session) as e), '[]'),
        'trials', (
            select jsonb_build_object(
                'stimOn_times', jsonb_agg(t.stim_on_s order by t.trial),
                'response_times', jsonb_agg(t.response_s order by t.trial),
                'firstMovement_times', jsonb_agg(t.first_movement_s order by t.trial),
                'feedback_times', jsonb_agg(t.feedback_s order by t.trial),
                'choice', jsonb_agg(t.choice order by t.trial),
                'feedbackType', jsonb_agg(t.feedback_type order by t.trial),
                'probabilityLeft', jsonb_agg(t.probability_left order by t.trial),
                'stim_side', jsonb_agg(case when t.contrast_left is null then 'right' else 'left' end order by t.trial),
                'contrast', jsonb_agg(100 * coalesce(t.contrast_right, t.contrast_left, 0) order by t.trial),
                'signed_contrast', jsonb_agg(
                    case when t.contrast_left is null then 100 * coalesce(t.contrast_right, 0)
                         else -100 * coalesce(t.contrast_right, t.contrast_left) end order by t.trial))
            from task.choice_trial as t where t.session_id = p_session),
        'recordings', coalesce((
            select jsonb_agg(jsonb_build_object(
                'brain_region', r.brain_region,
                'qc', (select jsonb_agg(to_jsonb(q) order by q.band) from analysis.photometry_qc as q
                       where q.eid = p_session and q.brain_region = r.brain_region),
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
            from photometry.recording as r where r.session_id = p_session), '[]'),
        'wheel', (
            select jsonb_build_object('ref', a.ref, 'start_s', w.start_s, 'fs', w.sampling_rate_hz)
            from task.wheel_velocity as w join store.array as a on a.array_id = w.velocity_array_id
            where w.session_id = p_session and w.wheel_params_id = p_wheel_params))
    where exists (select from core.session as s where s.session_id = p_session);
$$;
comment on function analysis.photometry_session_document(uuid, text, text, text, text) is
    'Everything that a session file of the photometry pipeline holds of a session, with references to the array store in place of arrays; null for an unknown session. Arguments: session and parameter sets of preprocessing, responses, quality control and wheel.';
