-- Bands of the recording. $1 session, $2 bands, $3 wavelengths (0: not known), $4 samples, $5 arrays of times.
insert into photometry.band as b (session_id, band, wavelength_nm, n_samples, times_array_id)
select $1::uuid, g.band, nullif(g.wavelength_nm, 0), g.n_samples, g.times_array_id::uuid
from unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[])
    as g (band, wavelength_nm, n_samples, times_array_id)
on conflict (session_id, band) do update
set
    wavelength_nm = excluded.wavelength_nm,
    n_samples = excluded.n_samples,
    times_array_id = excluded.times_array_id
