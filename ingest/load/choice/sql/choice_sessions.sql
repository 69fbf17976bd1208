-- What the sessions' trials are like. $1 sessions, $2 trials, $3 correct, $4 start, $5 end, then completeness of:
-- $6 stim_on, $7 go_cue, $8 go_cue_trigger, $9 first_movement, $10 response, $11 feedback, $12 reward_volume,
-- $13 rep_num, $14 iti, $15 included.
insert into task.choice_session as c (
    session_id, n_trials, n_correct, trials_start_s, trials_end_s, stim_on_status, go_cue_status, go_cue_trigger_status,
    first_movement_status, response_status, feedback_status, reward_volume_status, rep_num_status, iti_status,
    included_status
)
select
    f.session_id::uuid,
    f.n_trials,
    f.n_correct,
    f.trials_start_s,
    f.trials_end_s,
    f.stim_on::task.completeness,
    f.go_cue::task.completeness,
    f.go_cue_trigger::task.completeness,
    f.first_movement::task.completeness,
    f.response::task.completeness,
    f.feedback::task.completeness,
    f.reward_volume::task.completeness,
    f.rep_num::task.completeness,
    f.iti::task.completeness,
    f.included::task.completeness
from unnest(
    $1::text[], $2::bigint[], $3::bigint[], $4::double precision[], $5::double precision[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[]
) as f (
    session_id, n_trials, n_correct, trials_start_s, trials_end_s, stim_on, go_cue, go_cue_trigger, first_movement,
    response, feedback, reward_volume, rep_num, iti, included
)
order by f.session_id
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
