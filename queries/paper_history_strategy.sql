-- How often did the paper's mice repeat their choice after a reward (win-stay) and after an error (lose-stay), by the contrast before: means over mice?
-- :param criterion text default 'trained' of 'trained', 'biased', 'ephys' -- what was reached: trained, biased (a biased session while trained 1b), ephys (ready for it)
-- :param before integer default '2' -- training days before the day of the criterion
-- :param after integer default '3' -- training days after it
-- :param task text default 'training' of 'training', 'biased', 'ephys' -- task of the sessions
-- :param project text default 'ibl_neuropixel_brainwide_01' of core.project.project_name -- pattern of the project of the subjects; with % those without any count too
-- :param cut_off date default '2020-03-23' -- last date that counts
-- :param excluded_session uuid default 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' -- session that the paper leaves out
-- :param criteria_set text default 'warehouse' of task.criteria_set.criteria_set -- rules of the training status
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column part text -- mouse, or all: the mean over mice
-- :column institution text -- short name of the lab's institution, or the lab's own name where none is recorded; empty for the mean over all mice
-- :column lab_name text -- lab that keeps the subject; empty for the mean
-- :column subject_nickname text -- name of the subject within its lab; empty for the mean
-- :column strategy text -- win-stay (the trial before was rewarded) or lose-stay (it was not)
-- :column previous_contrast_percent double precision -- contrast of the trial before, without its side, 0 to 100 [%]
-- :column n_subjects integer -- mice
-- :column n_trials integer -- trials with a response after one with a response
-- :column stay_percent double precision -- of these trials those whose choice is that of the trial before; mean over mice [%]
-- :column sem_stay_percent double precision -- standard error of that mean over mice [%]; empty for one mouse
\if :{?criterion} \else \set criterion 'trained' \endif
\if :{?before} \else \set before '2' \endif
\if :{?after} \else \set after '3' \endif
\if :{?task} \else \set task 'training' \endif
\if :{?project} \else \set project 'ibl_neuropixel_brainwide_01' \endif
\if :{?cut_off} \else \set cut_off '2020-03-23' \endif
\if :{?excluded_session} \else \set excluded_session 'a9fb578a-9d7d-42b4-8dbc-3b419ce9f424' \endif
\if :{?criteria_set} \else \set criteria_set 'warehouse' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with session as (
    select distinct session_id, subject_id, lab_name, institution, subject_nickname
    from analysis.paper_points_around(:'project', :'cut_off'::date, :'criterion', :'before'::integer, :'after'::integer, :'task',
        :'excluded_session'::uuid, :'criteria_set', :'include_excluded'::boolean, :'include_simulated'::boolean)
),
trial as (
    select
        session.subject_id,
        session.lab_name,
        session.institution,
        session.subject_nickname,
        choice_trial.choice,
        lag(choice_trial.choice) over past as previous_choice,
        lag(choice_trial.feedback_type) over past as previous_feedback,
        (100 * abs(lag(choice_trial.signed_contrast) over past))::double precision as previous_contrast_percent
    from session
    cross join lateral (
        select trial, choice, feedback_type, signed_contrast
        from task.choice_trial
        where choice_trial.session_id = session.session_id
        offset 0
    ) as choice_trial
    window past as (partition by session.session_id order by choice_trial.trial)
),
mouse as (
    select
        subject_id,
        lab_name,
        institution,
        subject_nickname,
        case when previous_feedback > 0 then 'win-stay' else 'lose-stay' end as strategy,
        previous_contrast_percent,
        count(*) as n_trials,
        100 * avg((choice = previous_choice)::integer)::double precision as stay_percent
    from trial
    where choice <> 0
        and previous_choice <> 0
        and previous_feedback <> 0
        and previous_contrast_percent is not null
    group by subject_id, lab_name, institution, subject_nickname, strategy, previous_contrast_percent
)
select
    case when grouping(subject_id) = 1 then 'all' else 'mouse' end as part,
    institution,
    lab_name,
    subject_nickname,
    strategy,
    previous_contrast_percent,
    count(*)::integer as n_subjects,
    sum(n_trials)::integer as n_trials,
    avg(stay_percent) as stay_percent,
    stddev_samp(stay_percent) / sqrt(count(*)) as sem_stay_percent
from mouse
group by grouping sets (
    (subject_id, institution, lab_name, subject_nickname, strategy, previous_contrast_percent),
    (strategy, previous_contrast_percent)
)
order by part, institution, lab_name, subject_nickname, strategy, previous_contrast_percent;
