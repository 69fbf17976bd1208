-- Issues of a session. $1 session, $2..$4 datasets, types and messages.
insert into core.session_issue (session_id, dataset, issue_type, message)
select distinct
    $1::uuid,
    f.dataset,
    f.issue_type,
    f.message
from unnest($2::text[], $3::text[], $4::text[]) as f (dataset, issue_type, message)
on conflict do nothing
