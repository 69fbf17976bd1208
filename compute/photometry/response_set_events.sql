-- Events that a parameter set names, in their order, for photometry.response_set.
select
    key.key_no,
    named.event
from key
join photometry.response_params using (response_params_id)
cross join lateral unnest(response_params.events) with ordinality as named (event, position)
order by key.key_no, named.position
