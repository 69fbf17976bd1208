-- Open keys of one computed table by what they wait for; its name and its jobs are filled in. One row per reason.
select
    {name} as table_name,
    case
        when j.state = 'running' and w.lease_until >= clock_timestamp() and w.stopped_at is null then 'running'
        when j.state = 'running' then 'abandoned'
        when j.run_after > clock_timestamp() and j.error_type is not null then 'retry'
        when j.run_after > clock_timestamp() then 'put_back'
        else 'pending'
    end as reason,
    count(*) as keys,
    greatest(0, extract(epoch from min(j.run_after) filter (where isfinite(j.run_after)) - clock_timestamp()))::double precision as wait_s,
    (array_agg(j.error_type || ': ' || j.error_message order by j.updated_at desc)
        filter (where j.state = 'pending' and j.error_type is not null))[1] as error,
    string_agg(distinct w.host || ':' || w.pid, ', ') as workers
from {jobs} as j
left join engine.worker as w on j.state = 'running' and w.worker_id = j.worker_id
where j.state in ('pending', 'running')
group by 1, 2
