-- How did the four parameters of a subject's psychometric function change from day to day, by block?
-- :param subject text of core.subject.nickname -- name of the subject, exactly
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- the date
-- :column training_day integer -- training day of the subject; its first is 1
-- :column block text -- which side was likelier: 50:50, 20:80 (left in 20 %), 80:20
-- :column n_trials integer -- trials of the date in this block
-- :column threshold_percent double precision -- threshold [% contrast]
-- :column bias_percent double precision -- bias [% contrast]
-- :column lapse_low double precision -- lapse rate at the left end, 0 to 1
-- :column lapse_high double precision -- lapse rate at the right end, 0 to 1
-- :column fit_quality text -- whether the four mean something: good, at_bound, too_few_levels, flat
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    subject.lab_name,
    subject.nickname as subject_nickname,
    day.session_date,
    day.training_day,
    round(100 * fit.prob_left::numeric) || ':' || round(100 - 100 * fit.prob_left::numeric) as block,
    fit.n_trials,
    fit.threshold_percent::double precision as threshold_percent,
    fit.bias_percent::double precision as bias_percent,
    fit.lapse_low::double precision as lapse_low,
    fit.lapse_high::double precision as lapse_high,
    fit.fit_quality
from task.daily_psychometric as fit
join analysis.ibl_behavioral_summary_by_date as day on day.subject_uuid = fit.subject_id and day.session_date = fit.date
join core.subject on subject.subject_id = fit.subject_id
where subject.nickname = :'subject'
    and subject.lab_name like :'lab'
    and (not day.is_excluded or :'include_excluded'::boolean)
    and (day.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by subject.lab_name, day.session_date, fit.block;
