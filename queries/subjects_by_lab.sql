-- Which animals are in the database?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param sex text default '%' of 'M', 'F', 'U' -- M, F, U or a pattern; upper and lower case alike
-- :param nickname text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column subject_id uuid -- the subject's key
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column sex text -- M male, F female, U not known
-- :column birth_date date -- day of birth
-- :column death_date date -- day of death; empty while the subject lives
-- :column time_zone text -- time zone of the lab; empty when not recorded
-- :column n_sessions integer -- sessions of the subject, of every protocol, that are counted by the parameters
\if :{?lab} \else \set lab '%' \endif
\if :{?sex} \else \set sex '%' \endif
\if :{?nickname} \else \set nickname '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with session_count as (
    select
        subject_id,
        count(*)::integer as n_sessions
    from core.session_context as session
    where (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
    group by subject_id
)
select
    subject.subject_id,
    subject.lab_name,
    subject.subject_nickname,
    subject.sex,
    subject.birth_date,
    subject.death_date,
    lab.time_zone,
    coalesce(session_count.n_sessions, 0) as n_sessions
from core.subject_context as subject
join core.lab using (lab_name)
left join session_count using (subject_id)
where subject.lab_name like :'lab'
    and upper(subject.sex) like upper(:'sex')
    and subject.subject_nickname like :'nickname'
    and (not subject.is_excluded or :'include_excluded'::boolean)
    and (subject.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by subject.lab_name, subject.subject_nickname;
