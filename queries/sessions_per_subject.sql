-- How many sessions has each subject?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column n_sessions integer -- sessions of the subject
-- :column first_date date -- date of the first
-- :column last_date date -- date of the last
-- :column subject_id uuid -- the subject's key
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    subject.lab_name,
    subject.nickname as subject_nickname,
    count(*)::integer as n_sessions,
    min(session.session_date) as first_date,
    max(session.session_date) as last_date,
    subject.subject_id
from core.subject
join core.session_context as session using (subject_id)
where subject.lab_name like :'lab'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
group by subject.subject_id
order by subject.lab_name, subject.nickname;
