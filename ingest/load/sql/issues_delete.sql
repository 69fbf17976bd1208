-- Issues of sessions that are no longer there. $1 sessions; issues that are: $2 sessions, $3..$5 datasets, types and
-- messages.
delete from core.session_issue as i
where
    i.session_id = any ($1::text[]::uuid[])
    and not exists (
        select
        from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as f (session_id, dataset, issue_type, message)
        where
            f.session_id::uuid = i.session_id
            and f.dataset = i.dataset
            and f.issue_type = i.issue_type
            and f.message = i.message
    )
