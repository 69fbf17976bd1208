-- At what time of day were sessions run? Hours are those of the rig's clock; sessions of which only the date is known are not counted.
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param by_lab boolean default 'true' -- a count per lab; else one over all labs of the pattern, without a name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab where the sessions were run; empty over all
-- :column hour integer -- hour of the day at the rig, 0 to 23
-- :column n_sessions integer -- sessions that began in this hour
\if :{?lab} \else \set lab '%' \endif
\if :{?by_lab} \else \set by_lab 'true' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    case when :'by_lab'::boolean then lab_name end as lab_name,
    extract(hour from start_local)::integer as hour,
    count(*)::integer as n_sessions
from core.session_context
where is_start_time_known
    and lab_name like :'lab'
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
group by 1, 2
order by 1, 2;
