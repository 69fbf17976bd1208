-- Issues of sessions that are no longer there. $1 sessions; issues that are: $2 sessions, $3..$5 datasets, types and
-- messages. $6 of each of $1 how datasets of its issues begin (empty: all are its own).
delete from core.session_issue as i
using unnest($1::text[], $6::text[]) as known (session_id, prefix)
where
    i.session_id = known.session_id::uuid
    and starts_with(i.dataset, known.prefix)
    and not exists (
        select
        from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as f (session_id, dataset, issue_type, message)
        where
            f.session_id::uuid = i.session_id
            and f.dataset = i.dataset
            and f.issue_type = i.issue_type
            and f.message = i.message
    )
