-- Signals that the files no longer hold. $1 session, $2 number of fibres, $3 bands.
delete from photometry.band_signal as s
where s.session_id = $1::uuid and (s.fiber_idx >= $2::integer or s.band <> all ($3::text[]))
