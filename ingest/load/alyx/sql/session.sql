-- Sessions. What files have told of start, end, protocol and delay stays where the colony database does not tell it.
select
    k.session_id,
    k.subject_id,
    case when k.session_id = m.pk then k.lab_name else coalesce(held.lab_name, k.lab_name) end as lab_name,
    case when k.session_id = m.pk then k.session_date else coalesce(held.session_date, k.session_date) end as session_date,
    coalesce(case when m.number >= 0 then m.number end, held.session_number) as session_number,
    time_of.start_time,
    case when time_of.end_time >= time_of.start_time then time_of.end_time end as end_time,
    place.lab_name as place_lab_name,
    place.place_name,
    m.type as session_type,
    coalesce(m.task_protocol, held.task_protocol) as task_protocol,
    coalesce(held.is_protocol_inferred and m.task_protocol is null, false) as is_protocol_inferred,
    coalesce(delay.start_delay_s, held.start_delay_s) as start_delay_s,
    m.narrative,
    coalesce(held.source, 'ibl') as source,
    parent.session_id as parent_session_id,
    outcome.qc,
    case when m.n_trials >= 0 then m.n_trials end as recorded_n_trials,
    case when m.n_correct_trials >= 0 then m.n_correct_trials end as recorded_n_correct,
    case
        when m.json is null then held.details
        else coalesce(held.details, '{}') || jsonb_build_object('alyx_json', m.json)
    end as details
from alyx_session as m
join alyx_session_key as k on k.pk = m.pk
left join core.session as held on held.session_id = k.session_id
cross join lateral (
    select
        m.start_time at time zone case when m.is_utc then 'UTC' else k.time_zone end as start_time,
        coalesce(m.end_time at time zone case when m.is_utc then 'UTC' else k.time_zone end, held.end_time) as end_time
) as time_of
cross join lateral (
    select case when number >= 0 and number < 1e9 then number end::double precision as start_delay_s
    from (
        select coalesce(
            case when jsonb_typeof(m.json -> 'SESSION_START_DELAY_SEC') = 'number' then (m.json ->> 'SESSION_START_DELAY_SEC')::numeric end,
            case when jsonb_typeof(m.json -> 'SESSION_DELAY_START') = 'number' then (m.json ->> 'SESSION_DELAY_START')::numeric end
        ) as number
    ) as told
) as delay
left join alyx_place as place on place.key = m.location
left join alyx_session_ref as parent on parent.key = m.parent_session and parent.session_id <> k.session_id
left join core.qc_outcome as outcome on outcome.qc = m.qc
