-- Settings of the regression, for task.choice_glm.
select
    key.key_no,
    choice_glm_params.has_block,
    choice_glm_params.n_folds,
    choice_glm_params.seed
from key
join task.choice_glm_params using (choice_glm_params_id)
order by key.key_no
