-- OpenScope credit assignment: sessions as the experiment's tables list them. Source: spec/openscope.md, 1.

create table imaging.openscope_listing (
    session_id uuid not null,
    sessid bigint not null,
    full_timestamp timestamptz not null,
    full_timestamp_text text not null,
    mouse_n integer not null,
    mouseid bigint not null,
    sex text,
    birth_date date,
    session_date date not null,
    age_weeks units.number,
    depth_um integer,
    plane_kind text not null,
    line_name text not null,
    runtype text not null,
    sess_n integer not null,
    nrois integer,
    nrois_tracked integer,
    nrois_all integer,
    nrois_allen integer,
    nrois_allen_all integer,
    pass_fail text not null,
    has_all_files boolean,
    has_any_files boolean,
    is_included boolean,
    stim_seed bigint,
    notes text,
    extra jsonb,
    constraint openscope_listing_pkey primary key (session_id),
    constraint openscope_listing_sessid_key unique (sessid),
    constraint openscope_listing_pass_fail_check check (pass_fail in ('P', 'F')),
    constraint openscope_listing_n_check check (
        nrois >= 0 and nrois_tracked >= 0 and nrois_all >= 0 and nrois_allen >= 0 and nrois_allen_all >= 0
    ),
    constraint openscope_listing_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table imaging.openscope_listing is
    'Two-photon sessions of the OpenScope credit-assignment experiment as its table (mouse_df.csv) lists them, every column. One row per '
    'session. Whether its file is loaded is told by task.openscope_session.';
comment on column imaging.openscope_listing.session_id is 'The session.';
comment on column imaging.openscope_listing.sessid is 'Number of the session at the Allen Institute; the table''s key.';
comment on column imaging.openscope_listing.full_timestamp is 'Start: the table''s digits, which are UTC.';
comment on column imaging.openscope_listing.full_timestamp_text is 'Start as the table writes it (20180926T172917); older file names have it.';
comment on column imaging.openscope_listing.mouse_n is 'The project''s number of the mouse, from 1.';
comment on column imaging.openscope_listing.mouseid is 'Number of the mouse at the Allen Institute; the subject''s nickname.';
comment on column imaging.openscope_listing.sex is 'Sex as the table writes it: M or F.';
comment on column imaging.openscope_listing.birth_date is 'Day of birth (DOB).';
comment on column imaging.openscope_listing.session_date is 'Day of the session on the laboratory''s clock (date).';
comment on column imaging.openscope_listing.age_weeks is 'Age at the session [weeks].';
comment on column imaging.openscope_listing.depth_um is 'Depth of the imaging plane [um] (depth).';
comment on column imaging.openscope_listing.plane_kind is 'What is imaged (plane): soma, or dend for distal dendrites.';
comment on column imaging.openscope_listing.line_name is 'Layer and Cre line (line): L23-Cux2 or L5-Rbp4.';
comment on column imaging.openscope_listing.runtype is 'prod, or pilot.';
comment on column imaging.openscope_listing.sess_n is 'Number of the session among those of its mouse, from 1.';
comment on column imaging.openscope_listing.nrois is 'ROIs analysed; bad ones are left out.';
comment on column imaging.openscope_listing.nrois_tracked is 'ROIs found in all three sessions; null where the table has -1.';
comment on column imaging.openscope_listing.nrois_all is 'ROIs, bad ones included.';
comment on column imaging.openscope_listing.nrois_allen is 'ROIs of the Allen Institute''s segmentation; bad ones are left out.';
comment on column imaging.openscope_listing.nrois_allen_all is 'ROIs of the Allen Institute''s segmentation, bad ones included.';
comment on column imaging.openscope_listing.pass_fail is 'Quality control: P passed, F failed.';
comment on column imaging.openscope_listing.has_all_files is 'Whether all files of the session are there (all_files).';
comment on column imaging.openscope_listing.has_any_files is 'Whether any of its files is there (any_files).';
comment on column imaging.openscope_listing.is_included is 'Whether the experimenters include it (incl).';
comment on column imaging.openscope_listing.stim_seed is 'Seed that the stimulus was drawn with.';
comment on column imaging.openscope_listing.notes is 'Remarks; null for none.';
comment on column imaging.openscope_listing.extra is 'Columns of the table that are not known here, as text by their names; null when there are none.';
select engine.set_tier('imaging.openscope_listing', 'imported');

create table imaging.openscope_metadata (
    session_id uuid not null,
    allen_session_id bigint not null,
    dandiset integer,
    dandi_allen_subject_id bigint not null,
    dandi_session_id text,
    local_subject_n integer,
    local_session_n integer,
    imaging_date date,
    imaging_depth_um integer,
    imaging_cell_layer text,
    imaging_plane text,
    n_rois integer,
    allen_qc text,
    stimulus_seed bigint,
    experimental_notes text,
    extra jsonb,
    constraint openscope_metadata_pkey primary key (session_id),
    constraint openscope_metadata_allen_session_id_key unique (allen_session_id),
    constraint openscope_metadata_allen_qc_check check (allen_qc in ('passed', 'failed')),
    constraint openscope_metadata_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table imaging.openscope_metadata is
    'The same sessions as the archive''s table (metadata.csv) lists them, every column. One row per session.';
comment on column imaging.openscope_metadata.session_id is 'The session.';
comment on column imaging.openscope_metadata.allen_session_id is 'Number of the session at the Allen Institute (sessid).';
comment on column imaging.openscope_metadata.dandiset is 'Number of the dandiset: 37.';
comment on column imaging.openscope_metadata.dandi_allen_subject_id is 'Number of the mouse at the Allen Institute (mouseid).';
comment on column imaging.openscope_metadata.dandi_session_id is 'Start as older file names have it (20180926T172917), UTC.';
comment on column imaging.openscope_metadata.local_subject_n is 'The project''s number of the mouse (mouse_n).';
comment on column imaging.openscope_metadata.local_session_n is 'Number of the session among those of its mouse (sess_n).';
comment on column imaging.openscope_metadata.imaging_date is 'Day of the session on the laboratory''s clock.';
comment on column imaging.openscope_metadata.imaging_depth_um is 'Depth of the imaging plane [um].';
comment on column imaging.openscope_metadata.imaging_cell_layer is 'Layer of the cells: L2/3 or L5.';
comment on column imaging.openscope_metadata.imaging_plane is 'What is imaged: somata or dendrites.';
comment on column imaging.openscope_metadata.n_rois is 'ROIs analysed (n_ROIs).';
comment on column imaging.openscope_metadata.allen_qc is 'Quality control: passed or failed (allen_QC).';
comment on column imaging.openscope_metadata.stimulus_seed is 'Seed that the stimulus was drawn with.';
comment on column imaging.openscope_metadata.experimental_notes is 'Remarks; null for none.';
comment on column imaging.openscope_metadata.extra is 'Columns of the table that are not known here, as text by their names; null when there are none.';
select engine.set_tier('imaging.openscope_metadata', 'imported');

create table imaging.openscope_listing_change (
    session_id uuid not null,
    table_name text not null,
    column_name text not null,
    changed_at timestamptz not null default clock_timestamp(),
    old_value text,
    new_value text,
    constraint openscope_listing_change_pkey primary key (session_id, table_name, column_name, changed_at),
    constraint openscope_listing_change_table_name_check check (table_name in ('mouse_df', 'metadata')),
    constraint openscope_listing_change_values_check check (old_value is distinct from new_value),
    constraint openscope_listing_change_session_fkey foreign key (session_id) references core.session on delete cascade
);
comment on table imaging.openscope_listing_change is
    'What a table of sessions that was loaded later says otherwise than the one before: the later one stands. One row per session, table, '
    'column and change.';
comment on column imaging.openscope_listing_change.session_id is 'The session.';
comment on column imaging.openscope_listing_change.table_name is 'mouse_df (imaging.openscope_listing) or metadata (imaging.openscope_metadata).';
comment on column imaging.openscope_listing_change.column_name is 'Column of that table (pass_fail).';
comment on column imaging.openscope_listing_change.changed_at is 'When the other value was loaded.';
comment on column imaging.openscope_listing_change.old_value is 'Value before, as text; null when it had none.';
comment on column imaging.openscope_listing_change.new_value is 'Value since, as text; null when it has none.';
select engine.set_tier('imaging.openscope_listing_change', 'imported');

grant insert, update, delete on
    imaging.openscope_listing,
    imaging.openscope_metadata,
    imaging.openscope_listing_change
    to trialbase_ingest;
