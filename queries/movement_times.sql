-- When did the wheel first move in each trial of a session, and how long did the answer take from there?
-- :param session uuid -- key of the session
-- :param params text default 'default' of task.wheel_movement_params.wheel_movement_params_id -- parameter set of the movements
-- :column trial integer -- number of the trial
-- :column signed_contrast double precision -- contrast right minus left, -1 to 1; empty when not recorded
-- :column choice integer -- -1 reports right, 1 left, 0 none
-- :column feedback_type integer -- 1 reward, -1 error
-- :column movement_onset_s double precision -- onset of the first movement of 0.1 rad or more [s, session clock]; empty, as what follows, without one
-- :column is_final_movement boolean -- whether no other movement began before the feedback
-- :column reaction_time_s double precision -- from stimulus onset or go cue, whichever is earlier, to the onset [s]
-- :column movement_time_s double precision -- from the onset to response or feedback, whichever is earlier [s]
-- :column response_time_s double precision -- the sum of both [s]
-- :column recorded_onset_s double precision -- first movement as the source has it [s, session clock]
\if :{?params} \else \set params 'default' \endif
select
    trial.trial,
    trial.signed_contrast::double precision as signed_contrast,
    trial.choice::integer as choice,
    trial.feedback_type::integer as feedback_type,
    movement.movement_onset_s::double precision as movement_onset_s,
    movement.is_final_movement,
    movement.reaction_time_s::double precision as reaction_time_s,
    movement.movement_time_s::double precision as movement_time_s,
    movement.response_time_s::double precision as response_time_s,
    trial.first_movement_s::double precision as recorded_onset_s
from task.movement_time_set as found
join task.choice_trial as trial using (session_id)
left join task.movement_time as movement using (session_id, wheel_movement_params_id, trial)
where found.session_id = :'session'::uuid
    and found.wheel_movement_params_id = :'params'
order by trial.trial;
