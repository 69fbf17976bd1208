-- Parameters of the bootstrap, for task.reaction_time.
select
    key.key_no,
    reaction_time_params.level,
    reaction_time_params.n_resamples,
    reaction_time_params.seed
from key
join task.reaction_time_params using (params_id)
order by key.key_no
