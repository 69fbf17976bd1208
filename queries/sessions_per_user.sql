-- How many sessions did each person run? A session with two people counts for both.
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column user_name text -- the person
-- :column n_sessions integer -- sessions that the person ran
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session_member.user_name,
    count(*)::integer as n_sessions
from core.session_member
join core.session_context as session using (session_id)
where session.lab_name like :'lab'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
group by session_member.user_name
order by session_member.user_name;
