-- Quality control: outcomes, truth values, other texts (MISSING).
select distinct on (k.session_id, m.told_by, m.field_name)
    k.session_id,
    m.told_by,
    m.field_name,
    outcome.qc,
    m.is_true,
    case when outcome.qc is null then m.text_value end as text_value
from listed_field as m
join listed_key as k using (identifier)
left join core.qc_outcome as outcome on outcome.label = m.outcome
order by k.session_id, m.told_by, m.field_name
