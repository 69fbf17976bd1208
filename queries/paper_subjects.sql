-- Which subjects of the paper on standardized behaviour reached a criterion in time? One row per subject and project.
-- :param criterion text default 'trained' of 'none', 'trained', 'biased', 'ephys' -- what they reached: none (any judged session), trained, biased (a biased session), ephys (ready for it)
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column subject_id uuid -- the subject's key
-- :column lab_name text -- lab that keeps the subject
-- :column institution_short text -- short name of the lab's institution
-- :column project_name text -- the project; empty for none
-- :column subject_nickname text -- name of the subject within its lab
-- :column sex text -- M male, F female, U not known
-- :column birth_date date -- day of birth
-- :column criterion_date date -- first date of the criterion (date_trained of the paper)
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    subject_id,
    lab_name,
    institution_short,
    project_name,
    subject_nickname,
    sex,
    birth_date,
    criterion_date
from analysis.paper_subjects(:'project', :'cut_off'::date, :'criterion', :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
order by lab_name, subject_nickname, project_name;
