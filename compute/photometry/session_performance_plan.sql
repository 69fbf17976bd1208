-- What the rig had planned, from the source's record of the session, for photometry.session_performance: LEN_BLOCKS,
-- POSITIONS and BLOCK_PROBABILITY_SET, at the top of the record or within its json field.
select
    key.key_no,
    planned.name,
    (element.value #>> '{}')::double precision as value
from key
join core.session using (session_id)
cross join (values ('LEN_BLOCKS'), ('POSITIONS'), ('BLOCK_PROBABILITY_SET')) as planned (name)
cross join lateral (
    select coalesce(session.details -> planned.name, session.details -> 'json' -> planned.name)
) as found (list)
cross join lateral jsonb_array_elements(
    case when jsonb_typeof(found.list) = 'array' then found.list else '[]' end
) with ordinality as element (value, position)
where jsonb_typeof(element.value) = 'number'
order by key.key_no, planned.name, element.position
