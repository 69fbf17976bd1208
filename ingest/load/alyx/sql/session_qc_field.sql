-- Extended quality control: a key that is a kind of it is the verdict of that kind, one that has the kind within it a field of it.
select
    k.session_id,
    'alyx' as told_by,
    e.key as field_name,
    kind.qc_type,
    outcome.qc,
    case
        when outcome.qc is null and jsonb_typeof(e.value) = 'number' and abs((e.value #>> '{}')::numeric) < 1e300
        then (e.value #>> '{}')::double precision
    end as number,
    case when outcome.qc is null and jsonb_typeof(e.value) = 'boolean' then (e.value #>> '{}')::boolean end as is_true,
    case
        when outcome.qc is null and jsonb_typeof(e.value) in ('string', 'array', 'object') then e.value #>> '{}'
    end as text_value
from alyx_session as m
join alyx_session_key as k on k.pk = m.pk
cross join lateral jsonb_each(case when jsonb_typeof(m.extended_qc) = 'object' then m.extended_qc end) as e (key, value)
left join lateral (
    select t.qc_type
    from core.qc_type as t
    where t.qc_level = 'session' and (e.key = t.qc_type or strpos(e.key, '_' || t.qc_type) > 0)
    order by e.key <> t.qc_type, length(t.qc_type) desc
    limit 1
) as kind on true
left join core.qc_outcome as outcome
    on e.key = kind.qc_type
    and case jsonb_typeof(e.value)
        when 'string' then outcome.label = upper(e.value #>> '{}')
        when 'number' then
            outcome.qc = case when e.key = 'behavior' and e.value = '1' then 10 else (e.value #>> '{}')::numeric end
            and (outcome.qc > 0)
        when 'boolean' then e.key = 'behavior' and e.value = 'true' and outcome.qc = 10
        else false
    end
where
    jsonb_typeof(e.value) <> 'null'
    and e.value <> '"None"'
    and not (e.key = 'behavior' and e.value in ('0', 'false'))
