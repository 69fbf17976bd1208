-- Subjects that are there lead to themselves: by key, by the colony database's UUID, by a nickname that one alone has.
insert into alyx_subject_key (key, subject_id, lab_name, nickname, time_zone)
with held as materialized (
    select s.subject_id, s.lab_name, s.nickname, coalesce(lab.time_zone, 'UTC') as time_zone
    from core.subject as s
    join core.lab as lab on lab.lab_name = s.lab_name
)
select subject_id::text, subject_id, lab_name, nickname, time_zone
from held
union all
select a.identifier, held.subject_id, held.lab_name, held.nickname, held.time_zone
from core.subject_alias as a
join held on held.subject_id = a.subject_id
where a.source = 'alyx'
union all
select nickname, min(subject_id::text)::uuid, min(lab_name), nickname, min(time_zone)
from held
group by nickname
having count(*) = 1
on conflict do nothing
