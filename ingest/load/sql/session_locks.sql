-- Two loads of one session follow each other, until the end of the transaction. $1 sessions.
select pg_advisory_xact_lock(hashtextextended('session:' || f.session_id, 0))
from (select s.session_id from unnest($1::text[]) as s (session_id) order by s.session_id) as f
