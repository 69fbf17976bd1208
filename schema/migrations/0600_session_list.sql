-- Tables that list sessions (caches of ONE, catalogues, releases of a paper): which sessions and insertions each of them lists, and who
-- tells a field of quality control. Source: spec/ibl_behavior.md, 1.8 and 11.3.

create table core.session_list (
    list_name text not null,
    kind text not null,
    file_name text not null,
    origin text,
    made_at timestamptz,
    metadata jsonb,
    first_loaded_at timestamptz not null default now(),
    constraint session_list_pkey primary key (list_name),
    constraint session_list_kind_check check (kind in ('one-cache', 'sessions-table', 'release'))
);
comment on table core.session_list is
    'Tables that list sessions: caches of ONE, catalogues, releases of a paper. One row per list that was loaded.';
comment on column core.session_list.list_name is 'Name of the list (2022_10_bwm_release), from its file or as it was given; the key.';
comment on column core.session_list.kind is 'one-cache, sessions-table or release: which command loads it.';
comment on column core.session_list.file_name is 'File that it was loaded from last, with its folder.';
comment on column core.session_list.origin is 'Where the list says that it comes from (an address); null when it does not say.';
comment on column core.session_list.made_at is 'When the list was made, as it says itself; read as UTC where it names no zone. Null when it does not say.';
comment on column core.session_list.metadata is 'What else the list says of itself (one_metadata of a ONE cache).';
comment on column core.session_list.first_loaded_at is 'When it was loaded for the first time.';
select engine.set_tier('core.session_list', 'manual');

-- A list names sessions that nothing else has told of yet, and keeps naming those that were deleted.
create table core.session_list_member (
    list_name text not null,
    identifier text not null,
    session_id uuid,
    constraint session_list_member_pkey primary key (list_name, identifier),
    constraint session_list_member_session_list_fkey foreign key (list_name)
        references core.session_list on delete restrict,
    constraint session_list_member_session_fkey foreign key (session_id)
        references core.session on delete set null
);
create index session_list_member_session_idx on core.session_list_member (session_id);
create index session_list_member_identifier_idx on core.session_list_member (identifier) where session_id is null;
comment on table core.session_list_member is 'Sessions that a list names. One row per list and session.';
comment on column core.session_list_member.list_name is 'The list.';
comment on column core.session_list_member.identifier is 'What the list calls the session: its UUID (eid), or subject/date/number.';
comment on column core.session_list_member.session_id is
    'The session; null for one of which nothing but its UUID is known, until a source that tells more is loaded.';
select engine.set_tier('core.session_list_member', 'manual');

create table core.session_list_insertion (
    list_name text not null,
    probe_insertion_id uuid not null,
    constraint session_list_insertion_pkey primary key (list_name, probe_insertion_id),
    constraint session_list_insertion_session_list_fkey foreign key (list_name)
        references core.session_list on delete restrict,
    constraint session_list_insertion_probe_insertion_fkey foreign key (probe_insertion_id)
        references core.probe_insertion on delete restrict
);
create index session_list_insertion_probe_insertion_idx on core.session_list_insertion (probe_insertion_id);
comment on table core.session_list_insertion is 'Probe insertions that a list names. One row per list and insertion.';
comment on column core.session_list_insertion.list_name is 'The list.';
comment on column core.session_list_insertion.probe_insertion_id is 'The insertion.';
select engine.set_tier('core.session_list_insertion', 'manual');

-- Tables of a paper judge sessions, too, and call their fields alike (exists of trials and of wheel).
alter table core.session_qc_field add column told_by text not null default 'alyx';
alter table core.session_qc_field drop constraint session_qc_field_pkey;
alter table core.session_qc_field add constraint session_qc_field_pkey primary key (session_id, told_by, field_name);
comment on table core.session_qc_field is
    'Quality control of a session: verdicts and measured values. One row per session, teller and field.';
comment on column core.session_qc_field.told_by is
    'Who tells it: alyx for extended quality control of the colony database, else the table that it was read from (qc_behaviour_data).';
