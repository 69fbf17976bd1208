-- Makes the members of set $1 just the sessions with the identifiers $2 (lab/subject/date/number); gives those identifiers
-- that name no session of choices.
with wanted as (
    select w.identifier, s.session_id
    from unnest($2::text[]) as w (identifier)
    left join core.session_alias as a on a.source = 'ibl' and a.identifier = w.identifier
    left join task.choice_session as s using (session_id)
),
gone as (
    delete from task.session_pool_member as m
    where m.pool_id = $1 and not exists (select from wanted where wanted.session_id = m.session_id)
),
added as (
    insert into task.session_pool_member (pool_id, session_id)
    select $1, session_id from wanted where session_id is not null
    on conflict do nothing
)
select identifier from wanted where session_id is null order by identifier
