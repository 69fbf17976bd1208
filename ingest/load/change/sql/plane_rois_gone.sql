-- Rows of imaging.roi that a plane's file replaces. $1 session, $2 plane.
delete from imaging.roi
where session_id = $1::uuid and plane = $2::bigint
