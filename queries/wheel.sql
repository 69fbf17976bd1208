-- How was the wheel turned in a stretch of a session, and what happened in its trials meanwhile?
-- :param session uuid -- key of the session
-- :param from_s number default '-infinity' -- first time [s, session clock]; by default the start of the first trial
-- :param duration_s number default '60' -- length of the stretch [s]
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column source text -- source of the session
-- :column event text -- stimulus, movement, reward or error; empty for the wheel
-- :column event_s double precision -- when it happened [s, session clock]
-- :column trial integer -- the event's trial, from 1
-- :column position_ref text -- reference of the wheel's positions; empty for events
-- :column times_ref text -- reference of their times; empty for events
-- :column begin_s double precision -- begin of the stretch [s, session clock]
-- :column end_s double precision -- its end, not included [s, session clock]
\if :{?from_s} \else \set from_s '-infinity' \endif
\if :{?duration_s} \else \set duration_s '60' \endif
with stretch as (
    select
        session.session_id,
        session.lab_name,
        session.subject_nickname,
        session.session_date,
        session.source,
        position.ref as position_ref,
        times.ref as times_ref,
        greatest(choice_session.trials_start_s, :'from_s'::double precision)::double precision as begin_s,
        (greatest(choice_session.trials_start_s, :'from_s'::double precision) + :'duration_s'::double precision)::double precision
            as end_s
    from task.wheel_recording as wheel
    join task.choice_session using (session_id)
    join core.session_context as session using (session_id)
    join store.array as position on position.array_id = wheel.position_array_id
    join store.array as times on times.array_id = wheel.times_array_id
    where wheel.session_id = :'session'::uuid
),
part as (
    select null as event, null::double precision as event_s, null::integer as trial
    union all
    select event.event, event.event_s, trial.trial
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
    part.event,
    part.event_s,
    part.trial,
    case when part.event is null then stretch.position_ref end as position_ref,
    case when part.event is null then stretch.times_ref end as times_ref,
    stretch.begin_s,
    stretch.end_s
from stretch
cross join part
order by part.event_s nulls first, part.trial, part.event;
