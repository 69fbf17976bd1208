-- Readings of the air. $1 sessions, $2 trials, $3 temperatures [degrees Celsius], $4 pressures [mbar], $5 relative humidities [%].
insert into task.ambient_reading (session_id, trial, temperature_c, air_pressure_mb, relative_humidity_percent)
select
    a.session_id::uuid,
    a.trial,
    a.temperature_c,
    a.air_pressure_mb,
    a.relative_humidity_percent
from unnest($1::text[], $2::bigint[], $3::double precision[], $4::double precision[], $5::double precision[])
    as a (session_id, trial, temperature_c, air_pressure_mb, relative_humidity_percent)
where num_nonnulls(a.temperature_c, a.air_pressure_mb, a.relative_humidity_percent) > 0
