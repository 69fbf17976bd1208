-- Do the weights of the paper's mice change from training to the biased task, over all or by institution (figure 5d)?
-- :param by_institution boolean default 'true' -- one row per institution too, not over all alone
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what the mice reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column institution_short text -- short name of the institution, or the lab's name where it has none; empty over all
-- :column regressor text -- what the weight is of, see task.choice_glm_weight; those that both regressions have
-- :column regressor_no integer -- its place in the order of the regression basic, from 1
-- :column n_subjects integer -- subjects with a weight in both
-- :column mean_basic double precision -- mean of their weights in training sessions [log odds]
-- :column sem_basic double precision -- standard error of this mean; empty for one subject
-- :column mean_full double precision -- mean of their weights in biased sessions [log odds]
-- :column sem_full double precision -- standard error of this mean; empty for one subject
-- :column mean_change double precision -- mean of the differences, full less basic [log odds]
-- :column sem_change double precision -- standard error of this mean; empty for one subject
-- :column t double precision -- their quotient, Student's t of the paired weights with n_subjects - 1 degrees of freedom; empty for one subject
-- :column p double precision -- its two-sided p value: a paired t test, not adjusted for the number of tests; empty for one subject
\if :{?by_institution} \else \set by_institution 'true' \endif
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, coalesce(institution_short, lab_name) as institution_short
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean,
        :'include_simulated'::boolean)
),
paired as (
    select
        subject.institution_short,
        basic.regressor,
        basic.regressor_no,
        basic.weight::double precision as basic,
        fuller.weight::double precision as "full",
        (fuller.weight - basic.weight)::double precision as change
    from subject
    join task.choice_glm_weight as basic on basic.subject_id = subject.subject_id
    join task.choice_glm_weight as fuller
        on fuller.subject_id = basic.subject_id and fuller.criteria_set = basic.criteria_set and fuller.regressor = basic.regressor
    where basic.criteria_set = :'criteria_set'
        and basic.choice_glm_params_id = 'basic'
        and fuller.choice_glm_params_id = 'full'
),
compared as (
    select
        institution_short,
        regressor,
        min(regressor_no)::integer as regressor_no,
        count(*)::integer as n_subjects,
        avg(basic) as mean_basic,
        stddev_samp(basic) / sqrt(count(*)) as sem_basic,
        avg("full") as mean_full,
        stddev_samp("full") / sqrt(count(*)) as sem_full,
        avg(change) as mean_change,
        stddev_samp(change) / sqrt(count(*)) as sem_change,
        avg(change) / nullif(stddev_samp(change) / sqrt(count(*)), 0) as t
    from paired
    group by grouping sets ((regressor), (institution_short, regressor))
    having grouping(institution_short) = 1 or :'by_institution'::boolean
)
select
    *,
    analysis.student_t_p(t, n_subjects - 1) as p
from compared
order by institution_short nulls first, regressor_no, regressor;
