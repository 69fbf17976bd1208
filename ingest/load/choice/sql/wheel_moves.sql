-- Movements in file order. $1 sessions, $2 numbers within them, $3 onsets, $4 offsets, $5 peak amplitudes (null elements
-- where not known).
insert into task.wheel_move (session_id, move, onset_s, offset_s, peak_amplitude_rad)
select
    m.session_id::uuid,
    m.move,
    m.onset_s,
    m.offset_s,
    m.peak_amplitude_rad
from unnest($1::text[], $2::bigint[], $3::double precision[], $4::double precision[], $5::double precision[])
    as m (session_id, move, onset_s, offset_s, peak_amplitude_rad)
where m.onset_s is not null and m.offset_s >= m.onset_s
