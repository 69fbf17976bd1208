-- A session's tracking, before another file's is written. $1 session.
delete from imaging.roi_tracking
where session_id = $1::uuid
