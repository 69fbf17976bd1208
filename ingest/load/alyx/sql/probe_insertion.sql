-- Probe insertions. Their quality is in their json, as a label or a number.
select
    m.pk as probe_insertion_id,
    r.session_id,
    m.name as insertion_name,
    model.name as probe_model_name,
    m.serial as serial_number,
    outcome.qc
from alyx_probeinsertion as m
join alyx_session_ref as r on r.key = m.session
left join alyx_name as model on model.kind = 'probe_model' and model.key = m.model
left join core.qc_outcome as outcome
    on case jsonb_typeof(m.json -> 'qc')
        when 'string' then outcome.label = upper(m.json ->> 'qc')
        when 'number' then outcome.qc = (m.json ->> 'qc')::numeric
        else false
    end
where m.name is not null
