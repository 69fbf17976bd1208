-- Transactions of others that hold rows of what one computed table's write needs (its jobs, its rows, its parents, stamps), or
-- the tables themselves. $1 the computed table. One row per process, the longest open one first.
with recursive needed as (
    select i.relation::oid as relation from engine.table_info as i where i.table_name = $1
    union
    select to_regclass('engine_job.' || g.stem)::oid
    from engine.table_info as i join engine.generated_name as g using (relation) where i.table_name = $1
    union
    select k.parent::oid from engine.table_info as i cross join lateral engine.key_parents(i.relation) as k where i.table_name = $1
    union
    select 'engine.stamp'::regclass::oid
),
with_partitions as (
    select relation from needed
    union
    select c.inhrelid from with_partitions as w join pg_catalog.pg_inherits as c on c.inhparent = w.relation
)
select
    a.pid,
    coalesce(a.usename, '') as role,
    coalesce(a.application_name, '') as application,
    coalesce(a.state, '') as state,
    coalesce(to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '') as since_utc
from pg_catalog.pg_stat_activity as a
where a.pid <> pg_backend_pid() and coalesce(a.backend_type, 'client backend') = 'client backend'
    and a.pid in (
        select l.pid
        from pg_catalog.pg_locks as l join with_partitions as w using (relation)
        where l.locktype = 'relation' and l.granted
            and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
            and l.mode not in ('AccessShareLock', 'ShareUpdateExclusiveLock', 'SIReadLock'))
order by a.xact_start nulls last, a.pid
