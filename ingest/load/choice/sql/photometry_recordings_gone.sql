-- Fibres that the files no longer hold, with what was computed from them. $1 session, $2 number of fibres.
delete from photometry.recording as r where r.session_id = $1::uuid and r.fiber_idx >= $2::integer
