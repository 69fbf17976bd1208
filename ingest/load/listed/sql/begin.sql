-- What tables that list sessions tell, while it is loaded.
set local work_mem = '128MB';
set local jit = off;
create temporary table listed_session (
    place bigint primary key,
    identifier text not null,
    eid uuid,
    new_key uuid,
    lab_name text,
    nickname text not null,
    session_date date not null,
    session_number integer,
    start_time text,
    end_time text,
    task_protocol text,
    strain_name text,
    line_name text,
    extra jsonb
) on commit drop;
create temporary table listed_link (
    place bigint not null,
    kind text not null,
    position integer not null,
    name text not null
) on commit drop;
create temporary table listed_member (
    list_name text not null,
    identifier text not null
) on commit drop;
create temporary table listed_insertion (
    list_name text not null,
    insertion_id uuid not null,
    identifier text not null,
    insertion_name text
) on commit drop;
create temporary table listed_field (
    told_by text not null,
    identifier text not null,
    field_name text not null,
    outcome text,
    is_true boolean,
    text_value text
) on commit drop;
create temporary table listed_dataset (
    place bigint not null,
    identifier text not null,
    dataset_id uuid,
    collection text not null,
    dataset_name text not null,
    revision text not null,
    dataset_type_name text,
    extension text,
    size_bytes bigint,
    md5 text,
    outcome text,
    is_default boolean,
    is_present boolean not null,
    tree text,
    relative_path text
) on commit drop;
create temporary table listed_session_key (
    place bigint primary key,
    session_id uuid not null,
    subject_id uuid,
    is_held boolean not null,
    is_taken boolean not null default true
) on commit drop;
create temporary table listed_key (
    identifier text primary key,
    session_id uuid not null
) on commit drop;
