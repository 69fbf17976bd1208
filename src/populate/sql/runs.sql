-- Runs of all computed tables with the worker's host.
select
    r.table_name,
    r.key_text,
    r.outcome,
    r.finished_at,
    round(r.fetch_s::numeric, 4)::double precision as fetch_s,
    round(r.compute_s::numeric, 4)::double precision as compute_s,
    r.code_version as version,
    r.attempt,
    w.host || ':' || w.pid as worker,
    r.run_id,
    r.message
from engine.run_all as r
left join engine.worker as w using (worker_id)
