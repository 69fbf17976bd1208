-- Experiments that belong to other sessions already. $1 experiments, $2 sessions.
select f.id, held.session_id::text as session_id
from unnest($1::bigint[], $2::text[]) as f (id, session_id)
join imaging.experiment as held on held.ophys_experiment_id = f.id and held.session_id <> f.session_id::uuid
