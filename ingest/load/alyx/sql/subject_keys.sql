-- What leads to subjects. A subject of the colony database is the one that has its UUID as key or as name, else the one of its lab and
-- nickname that no other subject of it is; of several with one nickname in a lab only one is taken.
insert into alyx_subject_key (key, subject_id, lab_name, nickname, time_zone, place, pk)
with given as (
    select m.place, m.pk, m.nickname, lab.name as lab_name
    from alyx_subject as m
    join alyx_name as lab on lab.kind = 'lab' and lab.key = m.lab
    where m.nickname is not null
),
met as (
    select
        given.*,
        coalesce(alias.subject_id, own.subject_id) as held_id,
        named.subject_id as named_id
    from given
    left join core.subject_alias as alias on alias.source = 'alyx' and alias.identifier = given.pk::text
    left join core.subject as own on own.subject_id = given.pk
    left join core.subject as named
        on named.lab_name = given.lab_name
        and named.nickname = given.nickname
        and not exists (
            select from core.subject_alias as a where a.subject_id = named.subject_id and a.source = 'alyx'
        )
),
chosen as (
    select
        met.*,
        coalesce(held_id, named_id, pk) as subject_id,
        row_number() over (partition by lab_name, nickname order by held_id is null, pk) as n
    from met
)
select c.pk::text, c.subject_id, c.lab_name, c.nickname, coalesce(lab.time_zone, 'UTC'), c.place, c.pk
from chosen as c
join core.lab as lab on lab.lab_name = c.lab_name
where
    c.n = 1
    and not exists (
        select
        from core.subject as other
        where
            other.lab_name = c.lab_name
            and other.nickname = c.nickname
            and other.subject_id <> c.subject_id
    )
