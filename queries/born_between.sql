-- Which subjects were born between two dates, both included?
-- :param since date -- first day of birth
-- :param until date default 'infinity' -- last day of birth
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column sex text -- M, F or U
-- :column birth_date date -- day of birth
-- :column subject_id uuid -- the subject's key
\if :{?until} \else \set until 'infinity' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    lab_name,
    subject_nickname,
    sex,
    birth_date,
    subject_id
from core.subject_context
where birth_date between :'since'::date and :'until'::date
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by birth_date, lab_name, subject_nickname;
