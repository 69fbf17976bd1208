-- How old was each subject at each of its sessions?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column age_days integer -- date of the session minus day of birth [days]; empty without a day of birth
-- :column session_id uuid -- the session's key
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    lab_name,
    subject_nickname,
    session_date,
    session_number,
    age_days,
    session_id
from core.session_context
where lab_name like :'lab'
    and subject_nickname like :'subject'
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by lab_name, subject_nickname, session_date, session_number, session_id;
