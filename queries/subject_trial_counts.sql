-- How many trials did a subject run in each session, and how long was it?
-- :param subject text of core.subject.nickname -- name of the subject, exactly
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- the date
-- :column session_number integer -- number of the session within its date
-- :column n_trials integer -- trials of the session
-- :column duration_min double precision -- end minus start [min], or the span of the trials; empty when neither is known
-- :column is_duration_from_trials boolean -- whether it is the span of the trials
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.session_number::integer as session_number,
    session.n_trials,
    session.duration_s / 60 as duration_min,
    session.is_duration_from_trials
from analysis.session
where session.n_trials is not null
    and session.subject_nickname = :'subject'
    and session.lab_name like :'lab'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by session.lab_name, session.session_date, session.session_number;
