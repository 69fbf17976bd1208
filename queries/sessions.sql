-- Which sessions were run, and how well? One row per session, whoever ran it.
-- :param lab text default '%' -- pattern of the lab's name
-- :param subject text default '%' -- pattern of the subject's name
-- :param protocol text default '%' -- pattern of the task protocol (%training%); with % sessions without protocol count too
-- :param since date default '-infinity' -- first date
-- :param until date default 'infinity' -- last date
-- :column session_id uuid -- the session's key
-- :column lab_name text -- lab where it was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column session_number integer -- number of the session within its subject and date
-- :column start_time timestamp with time zone -- start; empty when only the date is known
-- :column duration_s double precision -- end minus start [s]
-- :column task_protocol text -- name and version of the task
-- :column is_protocol_inferred boolean -- true when the protocol was inferred from the trials
-- :column user_names text -- people who ran it, separated by commas
-- :column n_trials integer -- trials of the session
-- :column performance double precision -- share correct of all trials, 0 to 1
-- :column performance_easy double precision -- share correct of the trials with 50 % contrast or more, 0 to 1
-- :column threshold_percent double precision -- threshold of the psychometric curve [% contrast]
-- :column bias_percent double precision -- bias of the psychometric curve [% contrast]
-- :column lapse_low double precision -- lapse rate at the left end, 0 to 1
-- :column lapse_high double precision -- lapse rate at the right end, 0 to 1
-- :column median_reaction_s double precision -- median reaction time [s]
-- :column training_status text -- training status after this session
\if :{?lab} \else \set lab '%' \endif
\if :{?subject} \else \set subject '%' \endif
\if :{?protocol} \else \set protocol '%' \endif
\if :{?since} \else \set since '-infinity' \endif
\if :{?until} \else \set until 'infinity' \endif
select
    session_id,
    lab_name,
    subject_nickname,
    session_date,
    session_number,
    start_time,
    duration_s,
    task_protocol,
    is_protocol_inferred,
    user_names,
    n_trials,
    performance,
    performance_easy,
    threshold_percent,
    bias_percent,
    lapse_low,
    lapse_high,
    median_reaction_s,
    training_status
from analysis.session
where lab_name like :'lab'
    and subject_nickname like :'subject'
    and coalesce(task_protocol, '') like :'protocol'
    and session_date between :'since'::date and :'until'::date
order by lab_name, subject_nickname, session_date, session_number;
