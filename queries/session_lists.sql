-- Which tables that list sessions are loaded (caches of ONE, releases of papers, catalogues), and how much of each is here?
-- :column list_name text -- the list
-- :column kind text -- one-cache, sessions-table or release: what loads it
-- :column made_at timestamp with time zone -- when it was made, where it says so
-- :column n_listed integer -- sessions that it names
-- :column n_sessions integer -- those of which more than the UUID is known
-- :column n_sessions_with_trials integer -- those whose trials are loaded, of whatever task
-- :column n_subjects integer -- subjects of its sessions
-- :column n_labs integer -- labs of its sessions
-- :column n_insertions integer -- probe insertions that it names
with member as (
    select
        member.list_name,
        count(*)::integer as n_listed,
        count(session.session_id)::integer as n_sessions,
        count(session.n_trials)::integer as n_sessions_with_trials,
        count(distinct session.subject_id)::integer as n_subjects,
        count(distinct session.lab_name)::integer as n_labs
    from core.session_list_member as member
    left join analysis.session on session.session_id = member.session_id
    group by member.list_name
),
insertion as (
    select
        list_name,
        count(*)::integer as n_insertions
    from core.session_list_insertion
    group by list_name
)
select
    list.list_name,
    list.kind,
    list.made_at,
    coalesce(member.n_listed, 0) as n_listed,
    coalesce(member.n_sessions, 0) as n_sessions,
    coalesce(member.n_sessions_with_trials, 0) as n_sessions_with_trials,
    coalesce(member.n_subjects, 0) as n_subjects,
    coalesce(member.n_labs, 0) as n_labs,
    coalesce(insertion.n_insertions, 0) as n_insertions
from core.session_list as list
left join member on member.list_name = list.list_name
left join insertion on insertion.list_name = list.list_name
order by list.list_name;
