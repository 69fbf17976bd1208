-- Issues of a session that are no longer there. $1 session, $2..$4 datasets, types and messages of those that are.
delete from core.session_issue as i
where
    i.session_id = $1::uuid
    and not exists (
        select
        from unnest($2::text[], $3::text[], $4::text[]) as f (dataset, issue_type, message)
        where f.dataset = i.dataset and f.issue_type = i.issue_type and f.message = i.message
    )
