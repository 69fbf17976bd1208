-- What are a photometry session's responses around its events, one row per trial and event?
-- :param session uuid -- key of the session
-- :param by text default 'feedback' of 'feedback', 'contrast', 'side' -- what trials are told apart by: feedback, contrast or side
-- :param fiber integer default '-1' -- number of a fibre, from 0; -1: all
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column source text -- source of the session
-- :column fiber_idx integer -- number of the fibre within its session, from 0
-- :column fiber_name text -- the fibre and its region
-- :column event text -- stimulus, movement or feedback
-- :column event_order integer -- 1, 2, 3: the events in the order of a trial
-- :column trial_type text -- reward, error or no response; or the contrast [%]; or the stimulus's side
-- :column type_order double precision -- the types' order
-- :column trial integer -- the trial, from 1
-- :column traces_ref text -- reference of the matrix of traces around the event, trials times samples [z]
-- :column trace_row integer -- the trial's row of the matrix, from 0
-- :column first_offset_s double precision -- time of the first sample after the event [s]
-- :column traces_rate_hz double precision -- samples a second
-- :column until_s double precision -- the trial's next event after this one [s]: later samples are left out; empty without any
-- :column baseline_from_s double precision -- the trial's mean from here [s after the event]
-- :column baseline_to_s double precision -- to before here is subtracted [s after the event]
\if :{?by} \else \set by 'feedback' \endif
\if :{?fiber} \else \set fiber '-1' \endif
with typed as (
    select
        trial.*,
        case :'by'
            when 'feedback' then case when is_rewarded then 'reward' when not is_rewarded then 'error' else 'no response' end
            when 'contrast' then round(abs(signed_contrast_percent)::numeric, 2)::double precision || ' %'
            when 'side' then case when signed_contrast < 0 then 'left' when signed_contrast > 0 then 'right' end
        end as trial_type,
        case :'by'
            when 'feedback' then case when is_rewarded then 1 when not is_rewarded then 2 else 3 end
            when 'contrast' then abs(signed_contrast_percent)
            when 'side' then sign(signed_contrast)
        end as type_order
    from analysis.trial as trial
    where session_id = :'session'::uuid
)
select
    trace.lab_name,
    trace.subject_nickname,
    trace.session_date,
    trace.source,
    trace.fiber_idx,
    'fibre ' || trace.fiber_idx || coalesce(', ' || trace.brain_region, '') as fiber_name,
    replace(replace(replace(trace.event, 'stimOn_times', 'stimulus'), 'firstMovement_times', 'movement'), 'feedback_times', 'feedback')
        as event,
    array_position(params.events, trace.event)::integer as event_order,
    typed.trial_type,
    typed.type_order::double precision as type_order,
    typed.trial,
    trace.traces_ref,
    magnitude.trace_row,
    trace.first_offset_s,
    trace.fs_hz as traces_rate_hz,
    case
        when not params.masks_subsequent_events then null
        when trace.event = 'stimOn_times' then typed.first_movement_s - typed.stim_on_s
        when trace.event = 'firstMovement_times' then typed.feedback_s - typed.first_movement_s
    end as until_s,
    case when params.subtracts_baseline then params.baseline_begin_s::double precision end as baseline_from_s,
    case when params.subtracts_baseline then params.baseline_end_s::double precision end as baseline_to_s
from analysis.photometry_response_trace as trace
join photometry.response_params as params on params.response_params_id = 'default'
join photometry.response_magnitude as magnitude
    on magnitude.session_id = trace.session_id
    and magnitude.fiber_idx = trace.fiber_idx
    and magnitude.preprocess_params_id = 'default'
    and magnitude.response_params_id = 'default'
    and magnitude.event = trace.event
join typed
    on typed.session_id = magnitude.session_id
    and typed.trial = magnitude.trial
where trace.session_id = :'session'::uuid
    and (trace.fiber_idx = :'fiber'::integer or :'fiber'::integer = -1)
order by trace.fiber_idx, event_order, typed.trial;
