-- What did a biased session look like trial by trial: blocks, and running means over ten trials of the side of the stimulus and of the choice (figure 4a)?
-- :param subject text default 'KS014' of core.subject.nickname -- name of the subject, exactly; the paper's example unless another is named
-- :param nth_session integer default '1' -- which of the subject's sessions of the task, in their order, from 1
-- :param task text default 'biased' of 'biased', 'ephys' -- task of the session
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column source text -- source of the session
-- :column trial integer -- number of the trial within its session, from 1
-- :column probability_left_percent integer -- probability of the left side [%], rounded
-- :column block_no integer -- number of the block of equal probability within the session, from 1
-- :column is_stimulus_right boolean -- whether the stimulus was on the right, at contrast 0 where it would have been
-- :column is_choice_right boolean -- whether the choice was right; empty without response
-- :column running_stimulus_right_percent double precision -- stimuli on the right among this trial and the nine before it [%]; empty for the first nine
-- :column running_choice_right_percent double precision -- choices to the right among the responses of these ten trials [%]; empty for the first nine
-- :column session_id uuid -- the session's key
\if :{?subject} \else \set subject 'KS014' \endif
\if :{?nth_session} \else \set nth_session '1' \endif
\if :{?task} \else \set task 'biased' \endif
\if :{?lab} \else \set lab '%' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with session as (
    select *
    from (
        select
            session_id,
            lab_name,
            subject_nickname,
            session_date,
            session_number,
            source,
            row_number() over (
                partition by subject_id
                order by session_date, start_time nulls last, session_number nulls last, session_id
            ) as place
        from core.session_context
        where subject_nickname = :'subject'
            and lab_name like :'lab'
            and task = :'task'
            and (not is_excluded or :'include_excluded'::boolean)
            and (source is distinct from 'simulated' or :'include_simulated'::boolean)
    ) as in_order
    where place = :'nth_session'::integer
),
trial as (
    select
        session.session_id,
        trial.trial,
        round(100 * trial.probability_left)::integer as probability_left_percent,
        trial.contrast_right is not null as is_stimulus_right,
        case when trial.choice <> 0 then trial.choice = -1 end as is_choice_right,
        row_number() over (partition by session.session_id order by trial.trial) as place,
        trial.probability_left is distinct from
            lag(trial.probability_left) over (partition by session.session_id order by trial.trial) as is_first_of_block
    from session
    join task.choice_trial as trial using (session_id)
)
select
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.session_number::integer as session_number,
    session.source,
    trial.trial,
    trial.probability_left_percent,
    (count(*) filter (where trial.is_first_of_block) over so_far)::integer as block_no,
    trial.is_stimulus_right,
    trial.is_choice_right,
    case
        when trial.place >= 10 then 100.0 * sum(trial.is_stimulus_right::integer) over ten / 10
    end::double precision as running_stimulus_right_percent,
    case
        when trial.place >= 10
            then 100.0 * sum(trial.is_choice_right::integer) over ten / nullif(count(trial.is_choice_right) over ten, 0)
    end::double precision as running_choice_right_percent,
    session.session_id
from trial
join session using (session_id)
window so_far as (partition by session.session_id order by trial.trial),
    ten as (partition by session.session_id order by trial.trial rows 9 preceding)
order by session.lab_name, session.subject_nickname, session.session_id, trial.trial;
