-- Rewards of a session, for task.change_performance.
select
    key.key_no,
    reward.volume_ml
from key
join task.reward using (session_id)
order by key.key_no, reward.reward
