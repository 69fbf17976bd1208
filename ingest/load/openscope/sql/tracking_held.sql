-- The tracking file of a session. $1 session. Column: file_sha256.
select file_sha256
from imaging.roi_tracking
where session_id = $1::uuid
