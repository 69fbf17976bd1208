-- Summary of the wheel trace. $1 session, $2 samples, $3 start, $4 end, $5 rate, $6 net, $7 total, $8 has velocity,
-- $9 array of positions, $10 array of times.
insert into task.wheel_recording as w (
    session_id, n_samples, start_s, end_s, sampling_rate_hz, net_rotation_rad, total_rotation_rad, has_velocity,
    position_array_id, times_array_id
)
values (
    $1::uuid, $2::integer, $3::double precision, $4::double precision, $5::double precision, $6::double precision,
    $7::double precision, $8::boolean, $9::uuid, $10::uuid
)
on conflict (session_id) do update
set
    n_samples = excluded.n_samples,
    start_s = excluded.start_s,
    end_s = excluded.end_s,
    sampling_rate_hz = excluded.sampling_rate_hz,
    net_rotation_rad = excluded.net_rotation_rad,
    total_rotation_rad = excluded.total_rotation_rad,
    has_velocity = excluded.has_velocity,
    position_array_id = excluded.position_array_id,
    times_array_id = excluded.times_array_id
where row(w.*) is distinct from row(excluded.*)
