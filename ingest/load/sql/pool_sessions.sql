-- Makes the members of set $1 just those of the sessions $2 that have choice trials loaded; counts what came, went and stayed away.
with wanted as (
    select w.session_id, c.session_id is not null as is_loaded
    from unnest($2::uuid[]) as w (session_id)
    left join task.choice_session as c on c.session_id = w.session_id
),
gone as (
    delete from task.session_pool_member as m
    where m.pool_id = $1 and not exists (select from wanted where wanted.session_id = m.session_id)
    returning 1
),
added as (
    insert into task.session_pool_member (pool_id, session_id)
    select $1, session_id from wanted where is_loaded
    on conflict do nothing
    returning 1
)
select
    (select count(*) from wanted where is_loaded) as n_members,
    (select count(*) from added) as n_added,
    (select count(*) from gone) as n_removed,
    (select count(*) from wanted where not is_loaded) as n_without_trials
