-- Summaries of wheel traces. $1 sessions, $2 samples, $3 starts, $4 ends, $5 rates, $6 net, $7 total, $8 t where there is a
-- velocity, $9 arrays of positions, $10 arrays of times (empty: not kept).
insert into task.wheel_recording as w (
    session_id, n_samples, start_s, end_s, sampling_rate_hz, net_rotation_rad, total_rotation_rad, has_velocity,
    position_array_id, times_array_id
)
select
    f.session_id::uuid,
    f.n_samples,
    f.start_s,
    f.end_s,
    f.sampling_rate_hz,
    f.net_rotation_rad,
    f.total_rotation_rad,
    f.has_velocity = 't',
    nullif(f.position_array_id, '')::uuid,
    nullif(f.times_array_id, '')::uuid
from unnest(
    $1::text[], $2::bigint[], $3::double precision[], $4::double precision[], $5::double precision[],
    $6::double precision[], $7::double precision[], $8::text[], $9::text[], $10::text[]
) as f (
    session_id, n_samples, start_s, end_s, sampling_rate_hz, net_rotation_rad, total_rotation_rad, has_velocity,
    position_array_id, times_array_id
)
order by f.session_id
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
