-- The source's name of the session. $1 source, $2 identifier, $3 session.
insert into core.session_alias (source, identifier, session_id) values ($1, $2, $3::uuid) on conflict do nothing
