-- What names and keys of the colony database lead to, filled as its objects are loaded: a key is a UUID, or the name itself.
-- Memory for objects and their sorting; that of temporary tables can be set until a session first uses one.
set local work_mem = '128MB';
set local default_statistics_target = 10;  -- enough to tell few rows from many
set local jit = off;
do $$
begin
    set local temp_buffers = '128MB';
exception
    when invalid_parameter_value then
        null;
end
$$;
create temporary table alyx_name (
    kind text not null,
    key text not null,
    name text not null,
    primary key (kind, key)
) on commit drop;
create temporary table alyx_place (
    key text primary key,
    lab_name text not null,
    place_name text not null
) on commit drop;
create temporary table alyx_subject_key (
    key text primary key,
    subject_id uuid not null,
    lab_name text not null,
    nickname text not null,
    time_zone text not null,
    place bigint,
    pk uuid
) on commit drop;
create temporary table alyx_session_key (
    pk uuid primary key,
    session_id uuid not null,
    place bigint not null,
    subject_id uuid not null,
    lab_name text not null,
    time_zone text not null,
    session_date date not null
) on commit drop;
create temporary table alyx_session_ref (
    key uuid primary key,
    session_id uuid not null,
    time_zone text not null
) on commit drop;
create temporary table alyx_history (
    place bigint not null,
    kind text not null,
    position integer not null,
    value text not null,
    at timestamptz
) on commit drop;
