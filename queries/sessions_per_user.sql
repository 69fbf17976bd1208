-- How many sessions did each person run? A session with two people counts for both.
-- :param lab text default '%' -- pattern of the lab's name
-- :column user_name text -- the person
-- :column n_sessions integer -- sessions that the person ran
\if :{?lab} \else \set lab '%' \endif
select
    session_member.user_name,
    count(*)::integer as n_sessions
from core.session_member
join core.session using (session_id)
where session.lab_name like :'lab'
group by session_member.user_name
order by session_member.user_name;
