-- Regions as the session lists them. $1 session, $2 regions in order.
insert into photometry.listed_region (session_id, position, brain_region)
select $1::uuid, g.n - 1, g.brain_region
from unnest($2::text[]) with ordinality as g (brain_region, n)
