-- How did a subject's choices at each contrast change from day to day? Trials in which both sides were equally likely (figure 1d).
-- :param subject text of core.subject.nickname -- name of the subject, exactly
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- the date
-- :column training_day integer -- training day of the subject; its first is 1
-- :column signed_contrast_percent double precision -- contrast right minus left [%]
-- :column n_trials integer -- trials of the date at this contrast
-- :column share_rightward double precision -- share of them reported right, 0 to 1: a no-go trial is not right
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    subject.lab_name,
    subject.nickname as subject_nickname,
    day.session_date,
    day.training_day,
    100 * point.signed_contrast::double precision as signed_contrast_percent,
    point.n_trials,
    point.p_rightward::double precision as share_rightward
from task.daily_point as point
join analysis.ibl_behavioral_summary_by_date as day on day.subject_uuid = point.subject_id and day.session_date = point.date
join core.subject on subject.subject_id = point.subject_id
where subject.nickname = :'subject'
    and subject.lab_name like :'lab'
    and (not day.is_excluded or :'include_excluded'::boolean)
    and (day.source is distinct from 'simulated' or :'include_simulated'::boolean)
    and point.block = 50
order by subject.lab_name, day.session_date, signed_contrast_percent;
