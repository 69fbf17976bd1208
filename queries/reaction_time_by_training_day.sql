-- How do median reaction times of each subject change with training days?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param subject text default '%' of core.subject.nickname -- pattern of the subject's name
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column training_day integer -- training day of the subject; its first is 1
-- :column session_date date -- the date
-- :column session_number integer -- number of the session within its subject and date
-- :column n_trials integer -- trials of the session with a reaction time
-- :column median_s double precision -- their median [s]
-- :column low_s double precision -- lower end of its bootstrap interval [s]; empty with one trial
-- :column high_s double precision -- its upper end [s]
-- :column level_percent double precision -- probability that the interval is to cover the median [%]
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    day.lab_name,
    day.subject_nickname,
    day.training_day,
    session.session_date,
    session.session_number::integer as session_number,
    reaction.n_trials,
    reaction.median_s::double precision as median_s,
    reaction.low_s::double precision as low_s,
    reaction.high_s::double precision as high_s,
    (100 * params.level)::double precision as level_percent
from task.reaction_time as reaction
join task.reaction_time_params as params using (params_id)
join core.session_context as session using (session_id)
join analysis.training_day as day
    on day.subject_id = session.subject_id
    and day.session_date = session.session_date
where reaction.params_id = 'default'
    and day.training_day > 0
    and day.lab_name like :'lab'
    and day.subject_nickname like :'subject'
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by day.lab_name, day.subject_nickname, session.session_date, session.session_number;
