-- Bands that the files no longer hold. $1 session, $2 bands.
delete from photometry.band as b where b.session_id = $1::uuid and b.band <> all ($2::text[])
