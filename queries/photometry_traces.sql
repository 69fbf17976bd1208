-- How did a photometry session's signals run for a while, and what happened in its trials meanwhile?
-- :param session uuid -- key of the session
-- :param fiber integer default '-1' -- number of a fibre, from 0; -1: all
-- :param from_s number default '-infinity' -- first time [s, session clock]; by default the signal's start
-- :param duration_s number default '60' -- length of the stretch [s]
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column source text -- source of the session
-- :column fiber_idx integer -- number of the fibre within its session, from 0
-- :column fiber_name text -- the fibre and its region
-- :column event text -- stimulus, movement, reward or error; empty for the signal
-- :column event_s double precision -- when it happened [s, session clock]
-- :column trial integer -- the event's trial, from 1
-- :column signal_ref text -- reference of the preprocessed signal; empty for events
-- :column signal_start_s double precision -- time of its first sample [s, session clock]
-- :column signal_rate_hz double precision -- its samples a second
-- :column begin_s double precision -- begin of the stretch [s, session clock]
-- :column end_s double precision -- its end, not included [s, session clock]
\if :{?fiber} \else \set fiber '-1' \endif
\if :{?from_s} \else \set from_s '-infinity' \endif
\if :{?duration_s} \else \set duration_s '60' \endif
with stretch as (
    select
        recording.*,
        greatest(recording.start_s, :'from_s'::double precision) as begin_s,
        greatest(recording.start_s, :'from_s'::double precision) + :'duration_s'::double precision as end_s
    from analysis.photometry_recording as recording
    where recording.session_id = :'session'::uuid
        and recording.signal_ref is not null
        and (recording.fiber_idx = :'fiber'::integer or :'fiber'::integer = -1)
),
part as (
    select fiber_idx, null as event, null::double precision as event_s, null::integer as trial
    from stretch
    union all
    select stretch.fiber_idx, event.event, event.event_s, trial.trial
    from stretch
    join analysis.trial as trial using (session_id)
    cross join lateral (values
        ('stimulus', trial.stim_on_s),
        ('movement', trial.first_movement_s),
        (case when trial.is_rewarded then 'reward' else 'error' end, trial.feedback_s)
    ) as event (event, event_s)
    where event.event_s >= stretch.begin_s
        and event.event_s < stretch.end_s
)
select
    stretch.lab_name,
    stretch.subject_nickname,
    stretch.session_date,
    stretch.source,
    stretch.fiber_idx,
    'fibre ' || stretch.fiber_idx || ', ' || stretch.brain_region as fiber_name,
    part.event,
    part.event_s,
    part.trial,
    case when part.event is null then stretch.signal_ref end as signal_ref,
    stretch.start_s as signal_start_s,
    stretch.fs_hz as signal_rate_hz,
    stretch.begin_s,
    stretch.end_s
from part
join stretch using (fiber_idx)
order by stretch.fiber_idx, part.event_s nulls first, part.trial, part.event;
