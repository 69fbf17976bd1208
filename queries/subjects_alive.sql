-- Which subjects are alive, or dead, by the records?
-- :param alive boolean default 'true' -- true for the living, false for the dead
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column birth_date date -- day of birth
-- :column death_date date -- day of death; empty for the living
-- :column subject_id uuid -- the subject's key
\if :{?alive} \else \set alive 'true' \endif
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    lab_name,
    subject_nickname,
    birth_date,
    death_date,
    subject_id
from core.subject_context
where (death_date is null) = :'alive'::boolean
    and lab_name like :'lab'
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by lab_name, subject_nickname;
