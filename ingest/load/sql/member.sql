-- Who ran the session, as the rig wrote it. $1 person.
insert into core.member (user_name) values ($1) on conflict do nothing
