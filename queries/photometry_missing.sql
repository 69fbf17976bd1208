-- What is missing of photometry recordings: frames that were never taken, and holes that the preprocessed signal was drawn across?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param incomplete boolean default 'false' -- only recordings with missing frames or holes
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_id uuid -- the session
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject
-- :column session_date date -- calendar date at the rig
-- :column fiber_idx integer -- number of the fibre within its session, from 0
-- :column target_nm text -- region and neuromodulator; null when the region is no target
-- :column n_frames integer -- frames of the session that are there
-- :column n_missing_frames integer -- frames that are missing by their times; null before raw quality is computed
-- :column n_skipped_frames integer -- frames that the acquisition's own counter passed over; null without a counter
-- :column longest_hole_s double precision -- longest time from a frame to the next [s]
-- :column n_holes integer -- holes of the preprocessed signal (analysis.photometry_hole has their times); null when there is none
-- :column holes_s double precision -- length of these holes together [s]
-- :column n_trials_in_holes integer -- trials whose stimulus came on in one, which have no response
-- :column signal_s double precision -- length of the preprocessed signal [s], holes included
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?incomplete} \else \set incomplete 'false' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session_id,
    lab_name,
    subject_nickname,
    session_date,
    fiber_idx,
    target_nm,
    n_frames,
    n_missing_frames,
    n_skipped_frames,
    longest_hole_s,
    n_holes,
    holes_s,
    n_trials_in_holes,
    signal_s
from analysis.photometry_missing
where lab_name like :'lab'
    and subject_nickname like :'subject'
    and (not :'incomplete'::boolean or n_missing_frames > 0 or n_skipped_frames > 0 or n_holes > 0)
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by lab_name, subject_nickname, session_date, session_id, fiber_idx;
