-- What happened in every trial of a subject's choice sessions?
-- :param subject text of core.subject.nickname -- name of the subject, exactly
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name, for names that several labs use
-- :param since date default '-infinity' -- first date
-- :param until date default 'infinity' -- last date
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column lab_name text -- lab where the session was run
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column trial integer -- number of the trial within its session, from 1
-- :column stim_on_s double precision -- stimulus onset [s, session clock]
-- :column response_s double precision -- response [s, session clock]
-- :column signed_contrast double precision -- contrast right minus left, -1 to 1; empty when none is recorded
-- :column probability_left_percent integer -- probability of the left side in this block [%]
-- :column choice text -- left, right or no-go
-- :column is_correct boolean -- whether it was on the stimulus's side; empty at contrast 0
-- :column is_rewarded boolean -- whether it was rewarded; empty for no-go
-- :column response_time_s double precision -- response minus stimulus onset [s]; empty for no-go
-- :column session_id uuid -- the session's key
\if :{?lab} \else \set lab '%' \endif
\if :{?since} \else \set since '-infinity' \endif
\if :{?until} \else \set until 'infinity' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    lab_name,
    session_date,
    session_number,
    trial,
    stim_on_s,
    response_s,
    signed_contrast,
    probability_left_percent,
    choice,
    is_correct,
    is_rewarded,
    response_time_s,
    session_id
from analysis.trial
where paradigm = 'choice'
    and subject_nickname = :'subject'
    and lab_name like :'lab'
    and session_date between :'since'::date and :'until'::date
    and (not is_excluded or :'include_excluded'::boolean)
    and (source is distinct from 'simulated' or :'include_simulated'::boolean)
order by lab_name, session_date, session_number, session_id, trial;
