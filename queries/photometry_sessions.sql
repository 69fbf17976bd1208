-- Which photometry sessions are there, and what keeps them out of analyses?
-- :param lab text default '%' -- pattern of the lab's name
-- :param subject text default '%' -- pattern of the subject's name
-- :param analysed boolean default 'false' -- only sessions that analyses take
-- :column eid uuid -- the session
-- :column lab_name text -- lab where the session was run
-- :column subject text -- name of the subject
-- :column start_time timestamp with time zone -- start; null when only the date is known
-- :column session_type text -- training, biased, ephys, ...
-- :column targets text -- labels of the recordings in their order, separated by commas
-- :column day_n integer -- days since the subject's first session
-- :column session_n integer -- rank of the date among the subject's dates, from 1
-- :column n_trials integer -- trials; null without 90 of them
-- :column fraction_correct double precision -- share rewarded of the trials with a response, 0 to 1
-- :column is_analysed boolean -- whether analyses take the session
-- :column kept_out_by text -- conditions that it does not meet, separated by commas
-- :column logged_errors text -- its kinds of error, separated by commas
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?analysed} \else \set analysed 'false' \endif
select
    session.eid,
    session.lab as lab_name,
    session.subject,
    session.start_time,
    session.session_type,
    array_to_string(session.target_nm, ', ', '-') as targets,
    session.day_n,
    session.session_n::integer as session_n,
    performance.n_trials,
    performance.fraction_correct::double precision as fraction_correct,
    gate.is_analysed,
    concat_ws(', ',
        case when not gate.has_session_type then 'session type' end,
        case when not gate.is_not_excluded then 'excluded' end,
        case when not gate.has_no_blocker then 'errors' end,
        case when not gate.is_kept then 'duplicate' end,
        case when not gate.has_target then 'target' end,
        case when not gate.reaches_performance then 'performance' end,
        case when not gate.has_required_contrasts then 'contrasts' end
    ) as kept_out_by,
    array_to_string(gate.logged_errors, ', ') as logged_errors
from analysis.photometry_session as session
join analysis.photometry_gate as gate using (eid)
left join analysis.photometry_performance as performance using (eid)
where session.lab like :'lab'
    and session.subject like :'subject'
    and (gate.is_analysed or not :'analysed'::boolean)
order by session.lab, session.subject, session.day_n, session.start_time, session.eid;
