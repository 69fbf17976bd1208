-- Deaths that were brought about; of several of a subject the last.
select distinct on (s.subject_id)
    s.subject_id,
    m.pk as cull_id,
    m.date as cull_date,
    method.name as cull_method_name,
    reason.name as cull_reason_name,
    person.name as user_name,
    m.description
from alyx_cull as m
join alyx_subject_key as s on s.key = m.subject
left join alyx_name as method on method.kind = 'cull_method' and method.key = m.cull_method
left join alyx_name as reason on reason.kind = 'cull_reason' and reason.key = m.cull_reason
left join alyx_name as person on person.kind = 'member' and person.key = m."user"
order by s.subject_id, m.date desc nulls last, m.pk
