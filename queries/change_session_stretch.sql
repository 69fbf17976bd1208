-- What happened in a stretch of a change-detection session: running, licks, rewards and stimuli?
-- :param session uuid -- the session
-- :param from_s number default '-infinity' -- first time [s, session clock]; by default the start of the first trial
-- :param duration_s number default '25' -- length of the stretch [s]
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column source text -- source of the session
-- :column event text -- lick, reward or stimulus; empty for the running speed
-- :column event_s double precision -- when, or when it began [s, session clock]
-- :column event_end_s double precision -- when it ended [s, session clock]; of stimuli only
-- :column image_name text -- image of a stimulus; omitted for one that was left out
-- :column is_change boolean -- whether the image changed there; of stimuli only
-- :column volume_ml double precision -- water of a reward [mL]
-- :column speed_ref text -- reference of the filtered running speed [cm/s]; empty for events
-- :column times_ref text -- reference of its times [s, session clock]; empty for events
-- :column begin_s double precision -- begin of the stretch [s, session clock]
-- :column end_s double precision -- its end [s, session clock]
\if :{?from_s} \else \set from_s '-infinity' \endif
\if :{?duration_s} \else \set duration_s '25' \endif
with stretch as (
    select
        session.session_id,
        session.lab_name,
        session.subject_nickname,
        session.session_date,
        session.source,
        speed.ref as speed_ref,
        case when speed.ref is not null then times.ref end as times_ref,
        greatest(coalesce(change_session.trials_start_s, 0), :'from_s'::double precision)::double precision as begin_s,
        (greatest(coalesce(change_session.trials_start_s, 0), :'from_s'::double precision) + :'duration_s'::double precision)
            ::double precision as end_s
    from task.change_session
    join core.session_context as session using (session_id)
    left join task.running_recording as running using (session_id)
    left join task.change_running as computed
        on computed.session_id = running.session_id and computed.params_id = 'default'
    left join store.array as speed on speed.array_id = coalesce(running.speed_array_id, computed.speed_array_id)
    left join store.array as times on times.array_id = running.times_array_id
    where change_session.session_id = :'session'::uuid
),
part as (
    select
        null as event,
        null::double precision as event_s,
        null::double precision as event_end_s,
        null as image_name,
        null::boolean as is_change,
        null::double precision as volume_ml
    from stretch
    where speed_ref is not null
    union all
    select 'lick', lick.time_s, null, null, null, null
    from stretch
    join task.lick using (session_id)
    where lick.time_s between stretch.begin_s and stretch.end_s
    union all
    select 'reward', reward.time_s, null, null, null, reward.volume_ml
    from stretch
    join task.reward using (session_id)
    where reward.time_s between stretch.begin_s and stretch.end_s
    union all
    select 'stimulus', presentation.start_s, presentation.end_s, presentation.image_name, presentation.is_change, null
    from stretch
    join task.stimulus_presentation as presentation using (session_id)
    where presentation.end_s >= stretch.begin_s
        and presentation.start_s <= stretch.end_s
        and presentation.image_name is not null
)
select
    stretch.lab_name,
    stretch.subject_nickname,
    stretch.session_date,
    stretch.source,
    part.event,
    part.event_s,
    part.event_end_s,
    part.image_name,
    part.is_change,
    part.volume_ml,
    case when part.event is null then stretch.speed_ref end as speed_ref,
    case when part.event is null then stretch.times_ref end as times_ref,
    stretch.begin_s,
    stretch.end_s
from stretch
cross join part
order by part.event_s nulls first, part.event, part.image_name;
