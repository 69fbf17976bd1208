-- Raw signals. $1 session, $2 fibres, $3 bands, $4 arrays.
insert into photometry.band_signal as s (session_id, fiber_idx, band, signal_array_id)
select $1::uuid, g.fiber_idx, g.band, g.signal_array_id::uuid
from unnest($2::bigint[], $3::text[], $4::text[]) as g (fiber_idx, band, signal_array_id)
on conflict (session_id, fiber_idx, band) do update
set signal_array_id = excluded.signal_array_id
