-- Sessions of the tables that another session's row has already. $1 sessids, $2 the key that each gets. Columns: sessid, source.
select f.sessid, min(s.source) as source
from unnest($1::bigint[], $2::text[]) as f (sessid, key)
join (
    select session_id, sessid from imaging.openscope_listing
    union
    select session_id, allen_session_id from imaging.openscope_metadata
) as held
    on held.sessid = f.sessid and held.session_id <> f.key::uuid
join core.session as s on s.session_id = held.session_id
group by f.sessid
