-- Projects of sessions. $1 sessions, $2 projects.
with given as materialized (
    select f.session_id::uuid as session_id, f.project_name
    from unnest($1::text[], $2::text[]) as f (session_id, project_name)
),
new_project as (
    insert into core.project (project_name)
    select distinct project_name from given
    on conflict do nothing
    returning project_name
)
insert into core.session_project (session_id, project_name)
select session_id, project_name from given
order by session_id
on conflict do nothing
