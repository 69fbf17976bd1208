-- How many trials, and right answers, the rig itself counted in sessions. $1 sessions, $2 trials, $3 correct.
update core.session as s
set recorded_n_trials = f.n_trials, recorded_n_correct = f.n_correct
from unnest($1::text[], $2::bigint[], $3::bigint[]) as f (session_id, n_trials, n_correct)
where
    s.session_id = f.session_id::uuid
    and row(s.recorded_n_trials, s.recorded_n_correct) is distinct from row(f.n_trials, f.n_correct)
