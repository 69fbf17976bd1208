-- The rules that a subject is judged by, for task.training_history.
select
    key.key_no,
    criteria_set.criteria_set
from key
join task.criteria_set using (criteria_set)
order by key.key_no
