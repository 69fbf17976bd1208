-- Files: datasets of the sources, where their copies lie, and the arrays of our own store.
-- Source: spec/ibl_behavior.md, 1.5 and 11; DESIGN.md, "The array store".

create table store.data_repository (
    repository_name text not null,
    repository_id uuid,
    repository_type text,
    time_zone text,
    host_name text,
    data_url text,
    base_path text,
    globus_endpoint_id uuid,
    globus_path text,
    is_personal boolean,
    constraint data_repository_pkey primary key (repository_name),
    constraint data_repository_repository_id_key unique (repository_id)
);
comment on table store.data_repository is 'Servers and disks that hold files. One row per repository.';
comment on column store.data_repository.repository_name is 'Name of the repository; the key.';
comment on column store.data_repository.repository_id is 'UUID of the repository in the colony database.';
comment on column store.data_repository.repository_type is 'Kind of repository (Fileserver, Tape).';
comment on column store.data_repository.time_zone is 'IANA name of the server''s time zone.';
comment on column store.data_repository.host_name is 'Name of the server.';
comment on column store.data_repository.data_url is 'Address below which relative paths are found.';
comment on column store.data_repository.base_path is 'Folder below which relative paths are found.';
comment on column store.data_repository.globus_endpoint_id is 'UUID of the Globus endpoint.';
comment on column store.data_repository.globus_path is 'Folder below the Globus endpoint.';
comment on column store.data_repository.is_personal is 'Whether the Globus endpoint is a personal one.';

create table store.data_format (
    format_name text not null,
    format_id uuid,
    file_extension text,
    description text,
    constraint data_format_pkey primary key (format_name),
    constraint data_format_format_id_key unique (format_id)
);
comment on table store.data_format is 'File formats. One row per format.';
comment on column store.data_format.format_name is 'Name of the format (npy); the key.';
comment on column store.data_format.format_id is 'UUID of the format in the colony database.';
comment on column store.data_format.file_extension is 'Extension of such files, with its dot.';
comment on column store.data_format.description is 'What the format is.';

create table store.dataset_type (
    dataset_type_name text not null,
    dataset_type_id uuid,
    filename_pattern text,
    description text,
    constraint dataset_type_pkey primary key (dataset_type_name),
    constraint dataset_type_dataset_type_id_key unique (dataset_type_id)
);
comment on table store.dataset_type is 'Kinds of dataset (trials.choice). One row per kind.';
comment on column store.dataset_type.dataset_type_name is 'Name of the kind, object.attribute; the key.';
comment on column store.dataset_type.dataset_type_id is 'UUID of the kind in the colony database.';
comment on column store.dataset_type.filename_pattern is 'Pattern of the file names of this kind.';
comment on column store.dataset_type.description is 'What the dataset holds.';

create table store.dataset (
    session_id uuid not null,
    collection text not null default '',
    dataset_name text not null,
    revision text not null default '',
    dataset_id uuid,
    dataset_type_name text,
    format_name text,
    size_bytes bigint,
    sha256 text,
    md5 text,
    created_at timestamptz,
    created_by text,
    generating_software text,
    is_default_revision boolean not null default true,
    qc smallint,
    constraint dataset_pkey primary key (session_id, collection, dataset_name, revision),
    constraint dataset_size_bytes_check check (size_bytes >= 0),
    constraint dataset_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint dataset_md5_check check (md5 ~ '^[0-9a-f]{32}$'),
    constraint dataset_session_fkey foreign key (session_id) references core.session on delete restrict,
    constraint dataset_dataset_type_fkey foreign key (dataset_type_name)
        references store.dataset_type on delete restrict,
    constraint dataset_data_format_fkey foreign key (format_name)
        references store.data_format on delete restrict,
    constraint dataset_member_fkey foreign key (created_by) references core.member on delete restrict,
    constraint dataset_qc_outcome_fkey foreign key (qc) references core.qc_outcome on delete restrict
);
create index dataset_dataset_id_idx on store.dataset (dataset_id);
create index dataset_dataset_type_idx on store.dataset (dataset_type_name);
create index dataset_data_format_idx on store.dataset (format_name);
create index dataset_member_idx on store.dataset (created_by);
create index dataset_qc_outcome_idx on store.dataset (qc);
comment on table store.dataset is
    'Files of a session, wherever their copies lie. One row per session, collection, name and revision.';
comment on column store.dataset.session_id is 'The session.';
comment on column store.dataset.collection is 'Folder within the session (alf, raw_behavior_data); empty at its top.';
comment on column store.dataset.dataset_name is 'File name (_ibl_trials.choice.npy).';
comment on column store.dataset.revision is 'Revision folder without its marks (2022-08-09); empty for the first.';
comment on column store.dataset.dataset_id is 'UUID of the dataset in the colony database.';
comment on column store.dataset.dataset_type_name is 'Kind of dataset; null when it has no known one.';
comment on column store.dataset.format_name is 'File format; null when it has no known one.';
comment on column store.dataset.size_bytes is 'Size [byte]; null when not known.';
comment on column store.dataset.sha256 is 'SHA-256 of the content that was loaded, in lower-case hex.';
comment on column store.dataset.md5 is 'MD5 that the source tells, in lower-case hex.';
comment on column store.dataset.created_at is 'When the file was registered at the source.';
comment on column store.dataset.created_by is 'Who registered it.';
comment on column store.dataset.generating_software is 'Program that wrote it.';
comment on column store.dataset.is_default_revision is 'Whether readers take this revision unless they ask for another.';
comment on column store.dataset.qc is 'Quality of the dataset; see core.qc_outcome.';

create table store.file_record (
    session_id uuid not null,
    collection text not null default '',
    dataset_name text not null,
    revision text not null default '',
    repository_name text not null,
    relative_path text not null,
    is_present boolean not null,
    modified_at timestamptz,
    file_record_id uuid,
    constraint file_record_pkey primary key (session_id, collection, dataset_name, revision, repository_name),
    constraint file_record_dataset_fkey foreign key (session_id, collection, dataset_name, revision)
        references store.dataset on delete restrict,
    constraint file_record_data_repository_fkey foreign key (repository_name)
        references store.data_repository on delete restrict
);
create index file_record_data_repository_idx on store.file_record (repository_name);
comment on table store.file_record is 'Copies of datasets. One row per dataset and repository.';
comment on column store.file_record.session_id is 'The session.';
comment on column store.file_record.collection is 'Folder within the session.';
comment on column store.file_record.dataset_name is 'File name.';
comment on column store.file_record.revision is 'Revision of the dataset.';
comment on column store.file_record.repository_name is 'Where the copy lies.';
comment on column store.file_record.relative_path is 'Path of the copy below the repository''s base.';
comment on column store.file_record.is_present is 'Whether the copy is there.';
comment on column store.file_record.modified_at is 'Modification time of the copy.';
comment on column store.file_record.file_record_id is 'UUID of the record in the colony database.';

create table store.array (
    file_path text not null,
    dataset_path text not null,
    session_id uuid,
    table_name text not null,
    shape bigint[] not null,
    dtype text not null,
    sampling_rate_hz units.hertz,
    unit text,
    sha256 text not null,
    size_bytes bigint not null,
    description text,
    created_at timestamptz not null default now(),
    constraint array_pkey primary key (file_path, dataset_path),
    constraint array_file_path_check check (
        file_path <> '' and file_path !~ '^/' and file_path !~ '(^|/)\.\.(/|$)'
    ),
    constraint array_shape_check check (0 <= all (shape)),
    constraint array_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint array_size_bytes_check check (size_bytes >= 0),
    constraint array_session_fkey foreign key (session_id) references core.session on delete restrict
);
create index array_session_idx on store.array (session_id);
comment on table store.array is
    'Arrays in the HDF5 files of the array store. One row per file and dataset path. Files never change once named here.';
comment on column store.array.file_path is 'Path of the file relative to the store''s root.';
comment on column store.array.dataset_path is 'Path of the dataset within the file (/preprocessed/signal).';
comment on column store.array.session_id is 'Session that the array belongs to; null when it belongs to none.';
comment on column store.array.table_name is 'Table whose row refers to the array (photometry.preprocessed).';
comment on column store.array.shape is 'Length of each dimension, slowest first.';
comment on column store.array.dtype is 'Element type as numpy writes it (<f8).';
comment on column store.array.sampling_rate_hz is 'Sampling rate along the first dimension [Hz]; null when it is not regular.';
comment on column store.array.unit is 'Unit of the elements.';
comment on column store.array.sha256 is 'SHA-256 of the elements in little-endian row-major order, in lower-case hex.';
comment on column store.array.size_bytes is 'Size of the elements without compression [byte].';
comment on column store.array.description is 'What the array holds.';
comment on column store.array.created_at is 'When the row was written.';
