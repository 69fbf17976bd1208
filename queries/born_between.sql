-- Which subjects were born between two dates, both included?
-- :param since date -- first day of birth
-- :param until date default 'infinity' -- last day of birth
-- :column lab_name text -- lab that keeps the subject
-- :column nickname text -- name of the subject within its lab
-- :column sex text -- M, F or U
-- :column birth_date date -- day of birth
-- :column subject_id uuid -- the subject's key
\if :{?until} \else \set until 'infinity' \endif
select
    lab_name,
    nickname,
    sex,
    birth_date,
    subject_id
from core.subject
where birth_date between :'since'::date and :'until'::date
order by birth_date, lab_name, nickname;
