-- NWB files of any origin: what they hold that no world has tables of its own for. A file's identity is in core; its tables of intervals
-- and events are rows here, its series arrays of the store. Source: spec/openscope.md, 14; ingest/nwb/README.md.

create table task.nwb_file (
    session_id uuid not null,
    file_name text not null,
    nwb_version text not null,
    session_description text,
    start_text text,
    metadata jsonb,
    n_not_understood integer not null,
    constraint nwb_file_pkey primary key (session_id),
    constraint nwb_file_n_not_understood_check check (n_not_understood >= 0),
    constraint nwb_file_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.nwb_file is 'NWB files that were loaded as they are, without a world of their own. One row per session, which is one file.';
comment on column task.nwb_file.session_id is 'The session.';
comment on column task.nwb_file.file_name is 'Name of the file.';
comment on column task.nwb_file.nwb_version is 'Version of the format that the file says (2.5.0).';
comment on column task.nwb_file.session_description is 'Description of the session, as written.';
comment on column task.nwb_file.start_text is 'Start of the session as written; core.session has the instant.';
comment on column task.nwb_file.metadata is
    'What else the file tells of itself (institution, experimenter, keywords) and, under subject, of its subject, as written.';
comment on column task.nwb_file.n_not_understood is 'Objects of the file that nothing here reads.';
select engine.set_tier('task.nwb_file', 'imported');

create table task.nwb_table (
    session_id uuid not null,
    table_path text not null,
    table_name text not null,
    neurodata_type text,
    description text,
    n_rows bigint not null,
    columns jsonb not null,
    is_loaded boolean not null,
    reason text,
    constraint nwb_table_pkey primary key (session_id, table_path),
    constraint nwb_table_n_rows_check check (n_rows >= 0),
    constraint nwb_table_nwb_file_fkey foreign key (session_id) references task.nwb_file on delete cascade
);
create index nwb_table_name_idx on task.nwb_table (table_name);
comment on table task.nwb_table is
    'Tables of NWB files, and series of texts or of bare times, which are events. One row per session and table.';
comment on column task.nwb_table.session_id is 'The session.';
comment on column task.nwb_table.table_path is 'Path in the file (/intervals/trials).';
comment on column task.nwb_table.table_name is 'Last part of the path (trials).';
comment on column task.nwb_table.neurodata_type is 'Type that the file gives it (TimeIntervals); null for none.';
comment on column task.nwb_table.description is 'Description, as written.';
comment on column task.nwb_table.n_rows is 'Rows in the file.';
comment on column task.nwb_table.columns is 'Names of its columns with their descriptions.';
comment on column task.nwb_table.is_loaded is 'Whether its rows are in task.nwb_row.';
comment on column task.nwb_table.reason is 'Why they are not; null when they are.';
select engine.set_tier('task.nwb_table', 'imported');

create table task.nwb_row (
    session_id uuid not null,
    table_path text not null,
    "row" bigint not null,
    start_s units.seconds,
    stop_s units.seconds,
    "values" jsonb not null,
    constraint nwb_row_pkey primary key (session_id, table_path, "row"),
    constraint nwb_row_row_check check ("row" >= 1),
    constraint nwb_row_nwb_table_fkey foreign key (session_id, table_path) references task.nwb_table on delete cascade
);
comment on table task.nwb_row is
    'Rows of the tables of intervals and events of NWB files: trials, epochs, stimuli, annotations. One row per session, table and row.';
comment on column task.nwb_row.session_id is 'The session.';
comment on column task.nwb_row.table_path is 'The table.';
comment on column task.nwb_row."row" is 'Number of the row in its table, from 1, in the file''s order.';
comment on column task.nwb_row.start_s is 'Start, or the time of an event [s, session clock]; null when not told.';
comment on column task.nwb_row.stop_s is 'End [s, session clock]; null for events and when not told.';
comment on column task.nwb_row."values" is 'All other columns by their names; lists where they are ragged.';
select engine.set_tier('task.nwb_row', 'imported');

create table task.nwb_series (
    session_id uuid not null,
    series_path text not null,
    series_name text not null,
    neurodata_type text,
    description text,
    unit text,
    shape bigint[] not null,
    conversion units.number not null,
    value_offset units.number not null,
    sampling_rate_hz units.hertz,
    start_s units.seconds,
    data_array_id uuid,
    times_array_id uuid,
    reason text,
    constraint nwb_series_pkey primary key (session_id, series_path),
    constraint nwb_series_nwb_file_fkey foreign key (session_id) references task.nwb_file on delete cascade
);
create index nwb_series_name_idx on task.nwb_series (series_name);
comment on table task.nwb_series is 'Series of NWB files; their samples are in the array store. One row per session and series.';
comment on column task.nwb_series.session_id is 'The session.';
comment on column task.nwb_series.series_path is 'Path in the file (/acquisition/lick_piezo).';
comment on column task.nwb_series.series_name is 'Last part of the path.';
comment on column task.nwb_series.neurodata_type is 'Type that the file gives it (TimeSeries); null for none.';
comment on column task.nwb_series.description is 'Description, as written.';
comment on column task.nwb_series.unit is 'Unit of the values, conversion and offset applied; null for none.';
comment on column task.nwb_series.shape is 'Lengths of the axes; the first one is time.';
comment on column task.nwb_series.conversion is 'Factor: value in the unit = stored number * conversion + value_offset.';
comment on column task.nwb_series.value_offset is 'Added to it.';
comment on column task.nwb_series.sampling_rate_hz is 'Samples per second; null when not evenly sampled.';
comment on column task.nwb_series.start_s is 'Time of the first sample of an evenly sampled series [s, session clock].';
comment on column task.nwb_series.data_array_id is 'The stored numbers, of the shape; null when not kept.';
comment on column task.nwb_series.times_array_id is 'Times of the samples: float64 (samples) [s, session clock]; null when evenly sampled or not told.';
comment on column task.nwb_series.reason is 'Why the data are not kept; null when they are.';
select store.own_array('task.nwb_series', 'data_array_id');
select store.own_array('task.nwb_series', 'times_array_id');
select engine.set_tier('task.nwb_series', 'imported');

grant insert, update, delete on task.nwb_file, task.nwb_table, task.nwb_row, task.nwb_series to trialbase_ingest;
