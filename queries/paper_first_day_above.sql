-- On which training day does the mean performance of the trained subjects of the paper first exceed a bound, over all or by institution? One row even where it never does.
-- :param above_percent number default '80' -- bound of the mean [%]
-- :param by_institution boolean default 'false' -- one curve per institution instead of one over all
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what they reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column institution_short text -- short name of the institution; empty over all
-- :column n_subjects integer -- subjects with a day
-- :column first_day_above integer -- first training day with a mean above the bound; empty when there is none, as is the rest
-- :column n_subjects_of_day integer -- subjects with easy trials on that day
-- :column mean_performance_easy_percent double precision -- mean over them of the day's trials with 50 % contrast or more reported on the right side [%]
-- :column sem_performance_easy_percent double precision -- standard error of this mean [%]; empty for one subject
\if :{?above_percent} \else \set above_percent '80' \endif
\if :{?by_institution} \else \set by_institution 'false' \endif
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, lab_name, institution_short, subject_nickname, criterion_date
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
),
day as (
    select
        case when :'by_institution'::boolean then subject.institution_short end as institution_short,
        subject.subject_id,
        day.training_day,
        100 * day.performance_easy as performance_easy_percent
    from subject
    join analysis.ibl_behavioral_summary_by_date as day on day.subject_uuid = subject.subject_id
    where day.performance_easy is not null
        and (not day.is_excluded or :'include_excluded'::boolean)
        and (day.source is distinct from 'simulated' or :'include_simulated'::boolean)
),
mean_day as (
    select
        institution_short,
        training_day,
        count(*)::integer as n_subjects,
        avg(performance_easy_percent) as mean_performance_easy_percent,
        stddev_samp(performance_easy_percent) / sqrt(count(*)) as sem_performance_easy_percent
    from day
    group by institution_short, training_day
),
first_day as (
    select distinct on (institution_short) *
    from mean_day
    where mean_performance_easy_percent > :'above_percent'::double precision
    order by institution_short, training_day
),
size as (
    select institution_short, count(distinct subject_id)::integer as n_subjects
    from day
    group by institution_short
)
select
    size.institution_short,
    size.n_subjects,
    first_day.training_day as first_day_above,
    first_day.n_subjects as n_subjects_of_day,
    first_day.mean_performance_easy_percent,
    first_day.sem_performance_easy_percent
from size
left join first_day on first_day.institution_short is not distinct from size.institution_short
order by size.institution_short;
