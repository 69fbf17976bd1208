-- What the session's trials are like. $1 session, $2 trials, $3 correct, $4 start, $5 end, then completeness of:
-- $6 stim_on, $7 go_cue, $8 go_cue_trigger, $9 first_movement, $10 response, $11 feedback, $12 reward_volume,
-- $13 rep_num, $14 iti, $15 included.
insert into task.choice_session as c (
    session_id, n_trials, n_correct, trials_start_s, trials_end_s, stim_on_status, go_cue_status, go_cue_trigger_status,
    first_movement_status, response_status, feedback_status, reward_volume_status, rep_num_status, iti_status,
    included_status
)
values (
    $1::uuid, $2::integer, $3::integer, $4::double precision, $5::double precision, $6::task.completeness,
    $7::task.completeness, $8::task.completeness, $9::task.completeness, $10::task.completeness,
    $11::task.completeness, $12::task.completeness, $13::task.completeness, $14::task.completeness,
    $15::task.completeness
)
on conflict (session_id) do update
set
    n_trials = excluded.n_trials,
    n_correct = excluded.n_correct,
    trials_start_s = excluded.trials_start_s,
    trials_end_s = excluded.trials_end_s,
    stim_on_status = excluded.stim_on_status,
    go_cue_status = excluded.go_cue_status,
    go_cue_trigger_status = excluded.go_cue_trigger_status,
    first_movement_status = excluded.first_movement_status,
    response_status = excluded.response_status,
    feedback_status = excluded.feedback_status,
    reward_volume_status = excluded.reward_volume_status,
    rep_num_status = excluded.rep_num_status,
    iti_status = excluded.iti_status,
    included_status = excluded.included_status
where row(c.*) is distinct from row(excluded.*)
