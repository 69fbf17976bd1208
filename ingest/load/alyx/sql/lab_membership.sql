-- Who belongs to which lab.
select distinct on (lab.name, person.name)
    lab.name as lab_name,
    person.name as user_name,
    m.pk as membership_id,
    m.role,
    m.start_date,
    m.end_date
from alyx_labmembership as m
left join alyx_name as lab on lab.kind = 'lab' and lab.key = m.lab
left join alyx_name as person on person.kind = 'member' and person.key = m."user"
where lab.name is not null and person.name is not null
order by lab.name, person.name, m.start_date desc nulls last, m.pk
