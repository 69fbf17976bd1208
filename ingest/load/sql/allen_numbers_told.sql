-- Behaviour sessions that a file's other numbers (experiment, imaging session, UUID) belong to, as the database knows, where it is
-- not the one that the file says. What project tables say comes before what files that are loaded say.
-- $1 source, $2 the file's behaviour session, $3 its other numbers.
-- Columns: name (of $3), session_id, number (the other behaviour session; of what a file said: all numbers of its session,
-- with a space between), told_by (a table or a file).
with name as materialized (
    select distinct f.name, case when f.name ~ '^[0-9]{1,18}$' then f.name::bigint end as id
    from unnest($3::text[]) as f (name)
),
by_table as materialized (
    select name.name, held.session_id, held.behavior_session_id, 'ophys_experiment_table' as told_by
    from name
    join imaging.experiment as held on held.ophys_experiment_id = name.id
    join core.session as s on s.session_id = held.session_id and s.source = $1
    union all
    select name.name, held.session_id, held.behavior_session_id, 'ophys_session_table'
    from name
    join imaging.ophys_session as held on held.ophys_session_id = name.id
    join core.session as s on s.session_id = held.session_id and s.source = $1
    union all
    select name.name, held.session_id, held.behavior_session_id, 'behavior_session_table'
    from name
    join task.behavior_session as held on held.ophys_session_id = name.id or name.id = any (held.ophys_experiment_id)
    join core.session as s on s.session_id = held.session_id and s.source = $1
),
by_file as (
    select
        name.name,
        a.session_id,
        (
            select string_agg(n.identifier, ' ' order by n.identifier)
            from core.session_alias as n
            where n.session_id = a.session_id and n.source = $1 and n.identifier ~ '^[0-9]+$'
        ) as number,
        coalesce(listed.behavior_session_id::text, '') as listed,
        coalesce('the file ' || c.behavior_file, 'a file that is loaded') as told_by
    from name
    join core.session_alias as a on a.source = $1 and a.identifier = name.name
    left join task.behavior_session as listed on listed.session_id = a.session_id
    left join task.change_session as c on c.session_id = a.session_id
    where
        name.name not in (select by_table.name from by_table)
        and not exists (
            select from core.session_alias as own
            where own.session_id = a.session_id and own.source = $1 and own.identifier = $2
        )
)
select name, session_id::text as session_id, behavior_session_id::text as number, told_by
from by_table
where behavior_session_id::text <> $2
union all
-- A raw log that came first has no number, and gets the file's.
select name, session_id::text, coalesce(nullif(listed, ''), number), told_by
from by_file
where number is not null
order by name, told_by
