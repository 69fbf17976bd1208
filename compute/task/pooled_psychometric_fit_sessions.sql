-- Number of sessions of a set, for task.pooled_psychometric_fit.
select
    key.key_no,
    count(*) as n_sessions
from key
join task.session_pool_member using (pool_id)
group by key.key_no
order by key.key_no
