-- Issues of sessions. $1 sessions, $2..$4 datasets, types and messages.
insert into core.session_issue (session_id, dataset, issue_type, message)
select distinct
    f.session_id::uuid,
    f.dataset,
    f.issue_type,
    f.message
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as f (session_id, dataset, issue_type, message)
on conflict do nothing
