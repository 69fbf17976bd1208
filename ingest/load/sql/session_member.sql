-- $1 session, $2 person.
insert into core.session_member (session_id, user_name) values ($1::uuid, $2) on conflict do nothing
