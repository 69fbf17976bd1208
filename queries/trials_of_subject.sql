-- What happened in every trial of a subject?
-- :param subject text -- name of the subject, exactly
-- :param lab text default '%' -- pattern of the lab's name, for names that several labs use
-- :param since date default '-infinity' -- first date
-- :param until date default 'infinity' -- last date
-- :column lab_name text -- lab where the session was run
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column trial integer -- number of the trial within its session, from 1
-- :column stim_on_s double precision -- stimulus onset [s, session clock]
-- :column response_s double precision -- response [s, session clock]
-- :column signed_contrast_percent double precision -- contrast right minus left [%]
-- :column probability_left_percent integer -- probability of the left side in this block [%]
-- :column choice text -- left, right or no-go
-- :column is_correct boolean -- whether it was on the stimulus's side; empty at contrast 0
-- :column is_rewarded boolean -- whether it was rewarded; empty for no-go
-- :column response_time_s double precision -- response minus stimulus onset [s]; empty for no-go
-- :column session_id uuid -- the session's key
\if :{?lab} \else \set lab '%' \endif
\if :{?since} \else \set since '-infinity' \endif
\if :{?until} \else \set until 'infinity' \endif
select
    lab_name,
    session_date,
    session_number,
    trial,
    stim_on_s,
    response_s,
    signed_contrast_percent,
    probability_left_percent,
    choice,
    is_correct,
    is_rewarded,
    response_time_s,
    session_id
from analysis.trial
where subject_nickname = :'subject'
    and lab_name like :'lab'
    and session_date between :'since'::date and :'until'::date
order by lab_name, session_date, session_number, session_id, trial;
