-- How did a photometry session's raw bands run for a while?
-- :param session uuid -- key of the session
-- :param fiber integer default '-1' -- number of a fibre, from 0; -1: all
-- :param from_s number default '-infinity' -- first time [s, session clock]; by default the recording's start
-- :param to_s number default 'infinity' -- end, not included; by default the recording's
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column source text -- source of the session
-- :column fiber_idx integer -- number of the fibre within its session, from 0
-- :column fiber_name text -- the fibre and its region
-- :column band text -- GCaMP (470 nm), Isosbestic (415 nm) or RCaMP (560 nm)
-- :column signal_ref text -- reference of the raw signal
-- :column times_ref text -- reference of the times of its samples
-- :column begin_s double precision -- begin of the stretch [s, session clock]; empty: the recording's
-- :column end_s double precision -- its end, not included [s, session clock]; empty: the recording's
\if :{?fiber} \else \set fiber '-1' \endif
\if :{?from_s} \else \set from_s '-infinity' \endif
\if :{?to_s} \else \set to_s 'infinity' \endif
select
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.source,
    signal.fiber_idx,
    'fibre ' || signal.fiber_idx || ', ' || recording.brain_region as fiber_name,
    signal.band,
    signal_array.ref as signal_ref,
    times_array.ref as times_ref,
    nullif(:'from_s'::double precision, '-infinity') as begin_s,
    nullif(:'to_s'::double precision, 'infinity') as end_s
from photometry.band_signal as signal
join photometry.band using (session_id, band)
join photometry.recording using (session_id, fiber_idx)
join core.session_context as session using (session_id)
join store.array as signal_array on signal_array.array_id = signal.signal_array_id
join store.array as times_array on times_array.array_id = band.times_array_id
where signal.session_id = :'session'::uuid
    and (signal.fiber_idx = :'fiber'::integer or :'fiber'::integer = -1)
order by signal.fiber_idx, signal.band;
