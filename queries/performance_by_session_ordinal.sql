-- How does performance on easy trials change from session to session?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param protocol text default '%training%' of analysis.session.task_protocol -- pattern of the task protocol, recorded or inferred from the trials
-- :param include_inferred boolean default 'true' -- also sessions whose task was not recorded, as their trials tell it
-- :param only_joined boolean default 'false' -- only sessions that the tutorial's join keeps: with reaction times, a training status and a recorded person
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_ordinal integer -- place of the session among the subject's chosen ones, from 1
-- :column n_sessions integer -- sessions at this place, one per subject
-- :column n_subjects integer -- of them with easy trials: the n of the mean
-- :column mean_performance_easy double precision -- mean over subjects of the share correct at 50 % contrast or more, 0 to 1
-- :column sem_performance_easy double precision -- standard error of this mean; empty for one subject
\if :{?lab} \else \set lab '%' \endif
\if :{?protocol} \else \set protocol '%training%' \endif
\if :{?include_inferred} \else \set include_inferred 'true' \endif
\if :{?only_joined} \else \set only_joined 'false' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with chosen as (
    select
        performance_easy,
        (row_number() over (
            partition by subject_id
            order by session_date, start_time nulls last, session_number nulls last, session_id
        ))::integer as session_ordinal
    from analysis.session
    where n_trials is not null
        and lab_name like :'lab'
        and task_protocol like :'protocol'
        and (not is_protocol_inferred or :'include_inferred'::boolean)
        and (has_reaction_time and training_status is not null and user_names is not null or not :'only_joined'::boolean)
        and (not is_excluded or :'include_excluded'::boolean)
        and (source is distinct from 'simulated' or :'include_simulated'::boolean)
)
select
    session_ordinal,
    count(*)::integer as n_sessions,
    count(performance_easy)::integer as n_subjects,
    avg(performance_easy) as mean_performance_easy,
    stddev_samp(performance_easy) / sqrt(count(performance_easy)) as sem_performance_easy
from chosen
group by session_ordinal
order by session_ordinal;
