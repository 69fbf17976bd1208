-- A set of sessions. $1 name, $2 description.
insert into task.session_pool (pool_id, description)
values ($1, $2)
on conflict (pool_id) do update set description = excluded.description
    where session_pool.description is distinct from excluded.description
