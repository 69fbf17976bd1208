-- What happened when in a photometry session: its trial events, to be drawn over its traces (trialbase photometry traces)?
-- :param session uuid -- the session
-- :param from_s number default '0' -- events from this time on [s, session clock]
-- :param to_s number default '1e9' -- events before this time [s, session clock]
-- :column time_s double precision -- when [s, session clock]
-- :column event text -- stimOn_times, firstMovement_times or feedback_times
-- :column trial integer -- number of the trial, from 1
-- :column signed_contrast double precision -- contrast right minus left, -1 to 1
-- :column choice text -- left, right or no-go
-- :column is_rewarded boolean -- whether the choice was rewarded; null for no-go
\if :{?from_s} \else \set from_s '0' \endif
\if :{?to_s} \else \set to_s '1e9' \endif
select
    event.time_s::double precision as time_s,
    event.event,
    trial.trial,
    trial.signed_contrast,
    trial.choice,
    trial.is_rewarded
from analysis.trial
cross join lateral (values
    (trial.stim_on_s, 'stimOn_times'),
    (trial.first_movement_s, 'firstMovement_times'),
    (trial.feedback_s, 'feedback_times')
) as event (time_s, event)
where trial.session_id = :'session'::uuid
    and event.time_s >= :'from_s'::double precision
    and event.time_s < :'to_s'::double precision
order by event.time_s, trial.trial, event.event;
