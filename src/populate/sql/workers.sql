-- Workers, newest first.
select
    state,
    host,
    pid,
    os_user,
    program_version || ' ' || git_revision as version,
    to_char(started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as started_utc,
    round(silent_s)::integer as silent_s,
    done_count as done,
    error_count as failed,
    round(keys_per_s::numeric, 1)::double precision as keys_per_s,
    doing,
    has_ended
from engine.worker_status
order by started_at desc
