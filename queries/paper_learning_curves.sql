-- How did each trained subject of the paper learn, day by day? Beside each day its performance from the day of the criterion on (figure 2a).
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what they reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column subject_id uuid -- the subject's key
-- :column lab_name text -- lab that keeps the subject
-- :column institution_short text -- short name of the lab's institution
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- the date
-- :column training_day integer -- training day; the first is 1
-- :column performance_easy_percent double precision -- trials of the date with 50 % contrast or more reported on the right side [%]
-- :column performance_easy_trained_percent double precision -- the same from the date of the criterion on, else empty [%]
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, lab_name, institution_short, subject_nickname, criterion_date
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
)
select
    subject.subject_id,
    subject.lab_name,
    subject.institution_short,
    subject.subject_nickname,
    day.session_date,
    day.training_day,
    100 * day.performance_easy as performance_easy_percent,
    case when day.session_date >= subject.criterion_date then 100 * day.performance_easy end as performance_easy_trained_percent
from subject
join analysis.ibl_behavioral_summary_by_date as day on day.subject_uuid = subject.subject_id
where (not day.is_excluded or :'include_excluded'::boolean)
    and (day.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by subject.lab_name, subject.subject_nickname, day.session_date;
