-- How many sessions, subjects and trials has each lab?
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- the lab
-- :column n_subjects integer -- subjects with a session
-- :column n_sessions integer -- sessions
-- :column n_sessions_with_trials integer -- sessions whose trials are loaded, of whatever task
-- :column n_trials bigint -- trials of these sessions
-- :column first_date date -- date of the first session
-- :column last_date date -- date of the last session
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.lab_name,
    count(distinct session.subject_id)::integer as n_subjects,
    count(*)::integer as n_sessions,
    count(session.n_trials)::integer as n_sessions_with_trials,
    coalesce(sum(session.n_trials), 0) as n_trials,
    min(session.session_date) as first_date,
    max(session.session_date) as last_date
from analysis.session
where (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
group by session.lab_name
order by session.lab_name;
