-- Stimuli played to a passive animal, in file order. $1 sessions, $2 numbers within them, $3 kinds, $4 onsets, $5 ends [s]; of gratings
-- $6 positions [degrees], $7 contrasts, $8 phases [rad], null elements for others.
insert into task.passive_stimulus (session_id, stimulus, kind, start_s, stop_s, position_deg, contrast, phase_rad)
select
    p.session_id::uuid,
    p.stimulus,
    p.kind,
    p.start_s,
    p.stop_s,
    p.position_deg,
    case when p.contrast between 0 and 1 then p.contrast end,
    p.phase_rad
from unnest(
    $1::text[], $2::bigint[], $3::text[], $4::double precision[], $5::double precision[], $6::double precision[],
    $7::double precision[], $8::double precision[]
) as p (session_id, stimulus, kind, start_s, stop_s, position_deg, contrast, phase_rad)
