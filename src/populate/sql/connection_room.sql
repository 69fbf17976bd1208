-- How many connections the server gives to this role in this database, all in all. One row.
select least(
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer,
    (select nullif(d.datconnlimit, -1) from pg_catalog.pg_database as d where d.datname = current_database()),
    (select nullif(r.rolconnlimit, -1) from pg_catalog.pg_roles as r where r.rolname = session_user)
)::bigint as room
