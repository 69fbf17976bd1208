-- The rules that a subject is judged by, for task.change_training.
select
    key.key_no,
    stage_criteria_set.good_dprime,
    stage_criteria_set.engaged_dprime,
    stage_criteria_set.enough_engaged_trials,
    stage_criteria_set.enough_contingent_trials,
    stage_criteria_set.least_response_share,
    stage_criteria_set.largest_response_share,
    stage_criteria_set.largest_aborted_share,
    stage_criteria_set.last_training_day
from key
join task.stage_criteria_set using (stage_criteria_set)
order by key.key_no
