-- What do the weights of a subject's choices predict: the chance of choosing right by contrast and block (figure 5c)?
-- :param subject text of core.subject.nickname -- name of the subject, exactly
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column model text -- settings of the regression: basic (training sessions, without the block), full (biased sessions)
-- :column first_date date -- date of its first session
-- :column last_date date -- date of its last session
-- :column n_trials integer -- its trials
-- :column block integer -- probability of the left side [%]; 50 where the block has no weight
-- :column signed_contrast_percent double precision -- contrast right minus left [%]
-- :column p_rightward double precision -- predicted chance of choosing right, nothing chosen before, 0 to 1
-- :column low double precision -- 2.5 % quantile of the prediction
-- :column high double precision -- its 97.5 % quantile
\if :{?lab} \else \set lab '%' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    subject.lab_name,
    subject.subject_nickname,
    glm.choice_glm_params_id as model,
    glm.first_date,
    glm.last_date,
    glm.n_trials,
    curve.block::integer as block,
    100 * curve.signed_contrast::double precision as signed_contrast_percent,
    curve.p_rightward::double precision as p_rightward,
    curve.low::double precision as low,
    curve.high::double precision as high
from core.subject_context as subject
join task.choice_glm as glm using (subject_id)
join task.choice_glm_curve as curve using (subject_id, criteria_set, choice_glm_params_id)
where subject.subject_nickname = :'subject'
    and subject.lab_name like :'lab'
    and glm.criteria_set = :'criteria_set'
    and (not subject.is_excluded or :'include_excluded'::boolean)
    and (subject.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by subject.lab_name, glm.choice_glm_params_id, curve.block, curve.signed_contrast;
