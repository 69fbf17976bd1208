-- Which subjects are alive, or dead, by the records?
-- :param alive boolean default 'true' -- true for the living, false for the dead
-- :param lab text default '%' -- pattern of the lab's name
-- :column lab_name text -- lab that keeps the subject
-- :column nickname text -- name of the subject within its lab
-- :column birth_date date -- day of birth
-- :column death_date date -- day of death; empty for the living
-- :column subject_id uuid -- the subject's key
\if :{?alive} \else \set alive 'true' \endif
\if :{?lab} \else \set lab '%' \endif
select
    lab_name,
    nickname,
    birth_date,
    death_date,
    subject_id
from core.subject
where (death_date is null) = :'alive'::boolean
    and lab_name like :'lab'
order by lab_name, nickname;
