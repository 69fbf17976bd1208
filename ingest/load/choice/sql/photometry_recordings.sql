-- Fibres of the session. $1 session, $2 columns, $3 regions, in order.
insert into photometry.recording as r (session_id, fiber_idx, column_name, brain_region)
select $1::uuid, g.n - 1, g.column_name, g.brain_region
from unnest($2::text[], $3::text[]) with ordinality as g (column_name, brain_region, n)
on conflict (session_id, fiber_idx) do update
set
    column_name = excluded.column_name,
    brain_region = excluded.brain_region
where row(r.*) is distinct from row(excluded.*)
