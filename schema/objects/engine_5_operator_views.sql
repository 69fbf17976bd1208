-- What operators and dashboards look at.

create or replace view engine.worker_status as
select
    w.worker_id,
    w.host,
    w.pid,
    w.os_user,
    w.program_version,
    w.git_revision,
    case
        when w.stopped_at is not null then 'stopped'
        when w.lease_until < clock_timestamp() then 'silent'
        else 'alive'
    end as state,
    w.started_at,
    w.heartbeat_at,
    w.stopped_at,
    extract(epoch from clock_timestamp() - w.heartbeat_at)::double precision as silent_s,
    nullif(w.doing, '') as doing,
    w.done_count,
    w.error_count,
    w.done_count / nullif(extract(epoch from coalesce(w.stopped_at, w.heartbeat_at) - w.started_at), 0)::double precision as keys_per_s,
    w.stopped_at is not null or w.lease_until < clock_timestamp() - greatest(interval '10 minutes', w.lease_until - w.heartbeat_at) as has_ended
from engine.worker as w;
comment on view engine.worker_status is 'Populate workers, past and present. One row per worker.';
comment on column engine.worker_status.worker_id is 'Time-ordered UUID that the worker made at its start.';
comment on column engine.worker_status.host is 'Host name.';
comment on column engine.worker_status.pid is 'Process id on that host.';
comment on column engine.worker_status.os_user is 'Operating-system user.';
comment on column engine.worker_status.program_version is 'Version of the program.';
comment on column engine.worker_status.git_revision is 'Source revision that the program was built from.';
comment on column engine.worker_status.state is 'alive, silent (lease run out: its keys are taken back) or stopped (in order).';
comment on column engine.worker_status.started_at is 'When the worker started.';
comment on column engine.worker_status.heartbeat_at is 'Last heartbeat.';
comment on column engine.worker_status.stopped_at is 'When it ended in order; null otherwise.';
comment on column engine.worker_status.silent_s is 'Time since the last heartbeat [s].';
comment on column engine.worker_status.doing is 'Table, number of keys and first key that it held at the last heartbeat; null when idle.';
comment on column engine.worker_status.done_count is 'Keys that it computed, as of the last heartbeat.';
comment on column engine.worker_status.error_count is 'Keys that failed with it, as of the last heartbeat.';
comment on column engine.worker_status.keys_per_s is 'Its mean rate since the start [keys/s].';
comment on column engine.worker_status.has_ended is 'True for one that ended in order, or whose lease ran out long ago (10 minutes, or as long as the lease was).';

create or replace view engine.run_all as
select
    i.table_name, r.key_text, r.run_id, 'current' as outcome, r.code_version, r.attempt, r.started_at, r.finished_at,
    r.fetch_s, r.compute_s, r.worker_id, null::text as message
from engine.run as r join engine.table_info as i using (table_no)
union all
select
    i.table_name, h.key_text, h.run_id, h.outcome, h.code_version, h.attempt, h.started_at, h.finished_at,
    h.fetch_s, h.compute_s, h.worker_id, h.message
from engine.run_history as h join engine.table_info as i using (table_no);
comment on view engine.run_all is 'Runs of all computed tables, present results and past ones. One row per run.';
comment on column engine.run_all.table_name is 'Computed table.';
comment on column engine.run_all.key_text is 'The key as column=value,... in key order.';
comment on column engine.run_all.run_id is 'The run.';
comment on column engine.run_all.outcome is 'current (its rows are in the table), replaced, deleted, error, settled (nothing to compute) or lost.';
comment on column engine.run_all.code_version is 'Version of the computation.';
comment on column engine.run_all.attempt is 'Attempt at this key, from 1.';
comment on column engine.run_all.started_at is 'When its fetch began; null when unknown.';
comment on column engine.run_all.finished_at is 'When its rows were written, or it ended.';
comment on column engine.run_all.fetch_s is 'Time of the fetch, shared by the keys fetched together [s].';
comment on column engine.run_all.compute_s is 'Time of the computation [s].';
comment on column engine.run_all.worker_id is 'Worker that ran it.';
comment on column engine.run_all.message is 'Error or reason; null for results.';

create or replace view analysis.populate_rate as
select
    -- As the indexes run_minute_idx and run_history_minute_idx have it, so that a chart of an hour reads an hour.
    date_bin('1 minute', r.finished_at, timestamptz '2000-01-01 00:00+00') as time,
    r.table_name,
    count(*) filter (where r.outcome in ('current', 'replaced', 'deleted'))::integer as computed,
    count(*) filter (where r.outcome = 'error')::integer as failed,
    count(*) filter (where r.outcome = 'settled')::integer as settled,
    avg(r.compute_s) as mean_compute_s,
    max(r.compute_s) as max_compute_s
from engine.run_all as r
group by 1, 2;
comment on view analysis.populate_rate is 'Work of the populate workers, for charts. One row per minute and computed table in which something ended.';
comment on column analysis.populate_rate.time is 'Start of the minute.';
comment on column analysis.populate_rate.table_name is 'Computed table.';
comment on column analysis.populate_rate.computed is 'Results written.';
comment on column analysis.populate_rate.failed is 'Attempts that failed.';
comment on column analysis.populate_rate.settled is 'Keys with nothing to compute.';
comment on column analysis.populate_rate.mean_compute_s is 'Mean time of a computation [s].';
comment on column analysis.populate_rate.max_compute_s is 'Longest computation [s].';
