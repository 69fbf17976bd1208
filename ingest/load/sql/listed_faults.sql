-- Issues of files that are not as sources list them. $1 sessions.
select store.note_listed_faults($1::text[]::uuid[])
