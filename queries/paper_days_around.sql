-- Which days of a trained subject of the paper lie around the day on which it reached a criterion?
-- :param criterion text default 'trained' of 'trained', 'biased', 'ephys' -- what was reached: trained, biased (a biased session while trained 1b), ephys (ready for it)
-- :param before integer default '2' -- training days before the day of the criterion
-- :param after integer default '0' -- training days after it
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column subject_id uuid -- the subject's key
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- the date
-- :column training_day integer -- training day of the date; the first is 1
-- :column day_of_criterion integer -- training day on which the criterion was reached
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?before} \else \set before '2' \endif
\if :{?after} \else \set after '0' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    subject_id,
    lab_name,
    subject_nickname,
    session_date,
    training_day,
    day_of_criterion
from analysis.paper_days_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer,
    :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
order by lab_name, subject_nickname, session_date;
