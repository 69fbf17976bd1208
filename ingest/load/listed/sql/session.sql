-- Sessions. A list fills what nobody has told, and changes what it told itself (details -> 'listed'): what files and the colony database
-- tell stays.
with time_of as (
    select
        l.place,
        case
            when l.start_time ~ '(Z|[+-][0-9:]+)$' and length(l.start_time) > 16 then l.start_time::timestamptz
            else l.start_time::timestamp at time zone coalesce(lab.time_zone, 'UTC')
        end as start_time,
        case
            when l.end_time ~ '(Z|[+-][0-9:]+)$' and length(l.end_time) > 16 then l.end_time::timestamptz
            else l.end_time::timestamp at time zone coalesce(lab.time_zone, 'UTC')
        end as end_time
    from listed_session as l
    left join core.lab on lab.lab_name = l.lab_name
),
told as (
    select
        l.place,
        jsonb_strip_nulls(jsonb_build_object(
            'task_protocol', l.task_protocol,
            'start_time', t.start_time at time zone 'UTC',
            'end_time', t.end_time at time zone 'UTC'
        )) as listed
    from listed_session as l
    join time_of as t using (place)
)
select
    k.session_id,
    k.subject_id,
    coalesce(held.lab_name, l.lab_name) as lab_name,
    coalesce(held.session_date, l.session_date) as session_date,
    coalesce(held.session_number, l.session_number) as session_number,
    moment.start_time,
    case when moment.end_time >= coalesce(moment.start_time, moment.end_time) then moment.end_time end as end_time,
    case
        when held.task_protocol is null or held.is_protocol_inferred or held.task_protocol = before.task_protocol
        then coalesce(l.task_protocol, held.task_protocol)
        else held.task_protocol
    end as task_protocol,
    coalesce(held.is_protocol_inferred and l.task_protocol is null, false) as is_protocol_inferred,
    coalesce(held.source, 'ibl') as source,
    case
        when told.listed = '{}' and l.extra is null then held.details
        else
            coalesce(held.details, '{}')
            || case
                when told.listed = '{}' then '{}'
                else jsonb_build_object('listed', coalesce(held.details -> 'listed', '{}') || told.listed)
            end
            || coalesce(l.extra, '{}')
    end as details
from listed_session as l
join listed_session_key as k using (place)
join time_of as t using (place)
join told using (place)
left join core.session as held on held.session_id = k.session_id
cross join lateral (
    select
        held.details -> 'listed' ->> 'task_protocol' as task_protocol,
        (held.details -> 'listed' ->> 'start_time')::timestamp at time zone 'UTC' as start_time,
        (held.details -> 'listed' ->> 'end_time')::timestamp at time zone 'UTC' as end_time
) as before
cross join lateral (
    select
        case
            when held.start_time is null or held.start_time = before.start_time then coalesce(t.start_time, held.start_time)
            else held.start_time
        end as start_time,
        case
            when held.end_time is null or held.end_time = before.end_time then coalesce(t.end_time, held.end_time)
            else held.end_time
        end as end_time
) as moment
where k.is_taken
