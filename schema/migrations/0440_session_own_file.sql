-- Which files belong to one session alone: two sessions with the same bytes of one of them are the same measurement twice.
create table store.session_own_file (
    kind_name text not null,
    dataset_type_name text,
    collection text,
    file_pattern text,
    smallest_bytes bigint not null,
    description text not null,
    constraint session_own_file_pkey primary key (kind_name),
    constraint session_own_file_kind_check check (dataset_type_name is not null or file_pattern is not null),
    constraint session_own_file_smallest_bytes_check check (smallest_bytes >= 0)
);
comment on table store.session_own_file is
    'Kinds of files that one session alone has: sessions that share one are twins (issue SameFiles). Kinds that several sessions may share '
    '(settings, masks, frames of a rig that records several animals at once) are not in it. One row per kind.';
comment on column store.session_own_file.kind_name is 'What people call the kind; the key.';
comment on column store.session_own_file.dataset_type_name is
    'Kind of dataset that such files have, as store.dataset has it; null: files without one. No foreign key: kinds come with their first file.';
comment on column store.session_own_file.collection is 'Collection that they lie in; null: any.';
comment on column store.session_own_file.file_pattern is 'Regular expression that their names match; null: any.';
comment on column store.session_own_file.smallest_bytes is
    'Smaller files are not compared: two sessions may have the same few values [bytes].';
comment on column store.session_own_file.description is 'What such a file holds.';
select engine.set_tier('store.session_own_file', 'lookup');

-- All files are found by their checksums, no longer those of trials alone.
create index dataset_sha256_idx on store.dataset (sha256);
drop index store.dataset_trials_sha256_idx;
