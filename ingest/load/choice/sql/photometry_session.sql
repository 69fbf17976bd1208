-- What the photometry recording is. $1 session, $2 rig, $3 file version, $4 clock, $5 drift, $6 frames, $7 start, $8 end,
-- $9 array of frame times, $10 array of LED states, $11 frames that the counter passed over.
insert into photometry.photometry_session as p (
    session_id, rig, file_version, clock, clock_drift_ppm, n_frames, start_s, end_s, frame_times_array_id,
    frame_led_array_id, n_skipped_frames
)
values (
    $1::uuid, $2, $3, $4, $5::double precision, $6::integer, $7::double precision, $8::double precision, $9::uuid,
    $10::uuid, $11::double precision::integer
)
on conflict (session_id) do update
set
    rig = excluded.rig,
    file_version = excluded.file_version,
    clock = excluded.clock,
    clock_drift_ppm = excluded.clock_drift_ppm,
    n_frames = excluded.n_frames,
    start_s = excluded.start_s,
    end_s = excluded.end_s,
    frame_times_array_id = excluded.frame_times_array_id,
    frame_led_array_id = excluded.frame_led_array_id,
    n_skipped_frames = excluded.n_skipped_frames
