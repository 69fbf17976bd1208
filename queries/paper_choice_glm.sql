-- What do the choices of the paper's mice depend on, mouse by mouse: the weights of the logistic regressions (figures 5a and 5b)?
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what the mice reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column subject_id uuid -- the subject's key
-- :column institution_short text -- short name of the institution, or the lab's name where it has none
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column model text -- settings of the regression: basic (training sessions, without the block), full (biased sessions)
-- :column regressor text -- what the weight is of, see task.choice_glm_weight
-- :column regressor_no integer -- its place in their order, from 1
-- :column weight double precision -- change of the log odds of choosing right when the regressor is 1
-- :column standard_error double precision -- its standard error
-- :column n_trials integer -- trials of the regression
-- :column pseudo_r2 double precision -- McFadden's share explained, 0 to 1
-- :column accuracy double precision -- mean chance given to the choices of held-out trials, 0 to 1; empty where some folds cannot be fitted
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, lab_name, coalesce(institution_short, lab_name) as institution_short, subject_nickname
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean,
        :'include_simulated'::boolean)
)
select
    subject.subject_id,
    subject.institution_short,
    subject.lab_name,
    subject.subject_nickname,
    glm.choice_glm_params_id as model,
    weight.regressor,
    weight.regressor_no,
    weight.weight::double precision as weight,
    weight.standard_error::double precision as standard_error,
    glm.n_trials,
    glm.pseudo_r2::double precision as pseudo_r2,
    glm.accuracy::double precision as accuracy
from subject
join task.choice_glm as glm using (subject_id)
join task.choice_glm_weight as weight using (subject_id, criteria_set, choice_glm_params_id)
where glm.criteria_set = :'criteria_set'
    and glm.choice_glm_params_id in ('basic', 'full')
order by glm.choice_glm_params_id, weight.regressor_no, subject.institution_short, subject.lab_name, subject.subject_nickname;
