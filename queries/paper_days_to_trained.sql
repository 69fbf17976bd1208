-- How many days, sessions and trials did each trained mouse of the paper need (figure 2g)?
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what they reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column subject_id uuid -- the subject's key
-- :column institution_short text -- short name of the institution, or the lab's name where it has none
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column criterion_date date -- date on which the criterion was reached
-- :column n_days integer -- dates with trials until then, this one included
-- :column n_sessions integer -- sessions with trials on these dates
-- :column n_trials integer -- their stored trials
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with subject as (
    select distinct subject_id, lab_name, coalesce(institution_short, lab_name) as institution_short, subject_nickname, criterion_date
    from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean,
        :'include_simulated'::boolean)
)
select
    subject.subject_id,
    subject.institution_short,
    subject.lab_name,
    subject.subject_nickname,
    subject.criterion_date,
    count(*)::integer as n_days,
    sum(day.n_sessions)::integer as n_sessions,
    sum(day.n_trials_stored)::integer as n_trials
from subject
join task.daily_summary as day on day.subject_id = subject.subject_id and day."date" <= subject.criterion_date
group by subject.subject_id, subject.institution_short, subject.lab_name, subject.subject_nickname, subject.criterion_date
order by subject.institution_short, subject.lab_name, subject.subject_nickname;
