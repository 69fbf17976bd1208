-- Which sessions the colony database's are: the one that has its UUID as key or as name, else the one that session trees of the same lab,
-- subject, date and number brought and that no other session of the colony database is, else a new one with its UUID as key.
insert into alyx_session_key (pk, session_id, place, subject_id, lab_name, time_zone, session_date)
with given as (
    select
        m.pk,
        m.place,
        s.subject_id,
        s.nickname,
        s.lab_name as subject_lab,
        lab.lab_name,
        coalesce(lab.time_zone, 'UTC') as time_zone,
        m.number,
        m.start_time,
        case
            when m.is_utc then m.start_time at time zone 'UTC' at time zone coalesce(lab.time_zone, 'UTC')
            else m.start_time
        end::date as session_date
    from alyx_session as m
    join alyx_subject_key as s on s.key = m.subject
    left join alyx_name as named on named.kind = 'lab' and named.key = m.lab
    join core.lab as lab on lab.lab_name = coalesce(named.name, s.lab_name)
    where m.start_time is not null
),
held as (
    select given.*, coalesce(alias.session_id, own.session_id) as held_id
    from given
    left join core.session_alias as alias on alias.source = 'alyx' and alias.identifier = given.pk::text
    left join core.session as own on own.session_id = given.pk
),
candidate as (
    select
        held.pk,
        tree.session_id,
        row_number() over (partition by held.pk order by tree.identifier <> named.identifier, tree.session_id) as of_session,
        row_number() over (partition by tree.session_id order by held.start_time, held.pk) as of_tree
    from held
    cross join lateral (
        select
            '/' || held.nickname || '/' || held.session_date || '/'
                || lpad(held.number::text, greatest(3, length(held.number::text)), '0') as rest
    ) as path
    cross join lateral (select held.lab_name || path.rest as identifier) as named
    join core.session_alias as tree
        on tree.source = 'ibl'
        and tree.identifier in (named.identifier, held.subject_lab || path.rest)
    where
        held.held_id is null
        and held.number is not null
        and not exists (
            select from core.session_alias as a where a.session_id = tree.session_id and a.source = 'alyx'
        )
)
select
    held.pk,
    coalesce(held.held_id, candidate.session_id, held.pk),
    held.place,
    held.subject_id,
    held.lab_name,
    held.time_zone,
    held.session_date
from held
left join candidate on candidate.pk = held.pk and candidate.of_session = 1 and candidate.of_tree = 1
