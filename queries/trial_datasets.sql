-- Which datasets of its trials does each session have, as the tutorial's CompleteTrialSession tells? Sessions that lack one of those that all need (feedback, intervals, choices, responses, contrasts, probability) are left out.
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :param as_published boolean default 'false' -- as the reference's warehouse stores it: included is always Missing, as it is looked up by a wrong name (defect D14)
-- :column session_id uuid -- the session's key
-- :column lab_name text -- lab where it was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column stim_on_times_status text -- stimulus onsets: Complete, Partial (some trials lack them) or Missing
-- :column go_cue_times_status text -- go tones heard: Complete or Missing
-- :column go_cue_trigger_times_status text -- go tones commanded: Complete or Missing
-- :column reward_volume_status text -- volumes of rewards: Complete or Missing
-- :column rep_num_status text -- numbers of repeats: Complete or Missing
-- :column iti_duration_status text -- durations of intervals between trials: Complete or Missing
-- :column included_status text -- whether the source tells which trials it includes: Complete or Missing
-- :column ambient_sensor_data_status text -- the rig's file of temperature, pressure and humidity: Complete or Missing
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
\if :{?as_published} \else \set as_published 'false' \endif
select
    session.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    complete.stim_on_times_status,
    complete.go_cue_times_status,
    complete.go_cue_trigger_times_status,
    complete.reward_volume_status,
    complete.rep_num_status,
    complete.iti_duration_status,
    case when :'as_published'::boolean then 'Missing' else complete.included_status end as included_status,
    complete.ambient_sensor_data_status
from analysis.ibl_complete_trial_session as complete
join core.session_context as session on session.session_id = complete.session_uuid
where session.lab_name like :'lab'
    and session.subject_nickname like :'subject'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by session.lab_name, session.subject_nickname, session.session_date, session.session_number, session.session_id;
