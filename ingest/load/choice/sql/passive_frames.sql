-- Frames of the receptive-field mapping. $1 sessions, $2 numbers within them, $3 times [s].
insert into task.passive_frame (session_id, frame, time_s)
select
    f.session_id::uuid,
    f.frame,
    f.time_s
from unnest($1::text[], $2::bigint[], $3::double precision[]) as f (session_id, frame, time_s)
