-- Which photometry sessions are there, and what keeps them out of analyses?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param analysed boolean default 'false' -- only sessions that analyses take
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_id uuid -- the session
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject
-- :column session_date date -- calendar date at the rig
-- :column start_time timestamp with time zone -- start; null when only the date is known
-- :column session_type text -- training, biased, ephys, ...
-- :column targets text -- labels of the recordings in their order, separated by commas
-- :column day_n integer -- days since the subject's first session
-- :column session_n integer -- rank of the date among the subject's dates, from 1
-- :column n_trials integer -- trials; null without 90 of them
-- :column fraction_rewarded double precision -- share rewarded of the trials with a response, 0 to 1
-- :column is_analysed boolean -- whether analyses take the session
-- :column kept_out_by text -- conditions that it does not meet, separated by commas
-- :column logged_errors text -- its kinds of error, separated by commas
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?analysed} \else \set analysed 'false' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.session_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.start_time,
    session.session_type,
    array_to_string(session.target_nm, ', ', '-') as targets,
    session.day_n,
    session.session_n,
    performance.n_trials,
    performance.fraction_rewarded,
    gate.is_analysed,
    concat_ws(', ',
        case when not gate.has_session_type then 'session type' end,
        case when not gate.is_not_excluded then 'excluded' end,
        case when not gate.has_no_blocker then 'errors' end,
        case when not gate.is_kept then 'duplicate' end,
        case when not gate.has_target then 'target' end,
        case when not gate.reaches_performance then 'performance' end,
        case when not gate.has_required_contrasts then 'contrasts' end,
        case when not gate.has_signal then 'no signal' end,
        case when not gate.has_trials then 'no trials' end,
        case when not gate.is_checked then 'not checked' end,
        case when not gate.has_responses then 'no responses' end
    ) as kept_out_by,
    array_to_string(gate.logged_errors, ', ') as logged_errors
from analysis.photometry_session as session
join analysis.photometry_gate as gate using (session_id)
left join analysis.photometry_performance as performance using (session_id)
where session.lab_name like :'lab'
    and session.subject_nickname like :'subject'
    and (gate.is_analysed or not :'analysed'::boolean)
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by session.lab_name, session.subject_nickname, session.day_n, session.start_time, session.session_id;
