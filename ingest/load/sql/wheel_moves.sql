-- Movements in file order. $1 session, $2 onsets, $3 offsets, $4 peak amplitudes (null elements where not known).
insert into task.wheel_move (session_id, move, onset_s, offset_s, peak_amplitude_rad)
select
    $1::uuid,
    m.move,
    m.onset_s,
    m.offset_s,
    m.peak_amplitude_rad
from unnest($2::double precision[], $3::double precision[], $4::double precision[])
    with ordinality as m (onset_s, offset_s, peak_amplitude_rad, move)
where m.onset_s is not null and m.offset_s >= m.onset_s
