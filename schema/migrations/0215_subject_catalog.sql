-- The catalogue of photometry sessions, all sessions of a subject together. Filled by
-- compute/photometry/subject_catalog. Source: spec/photometry.md, 3.2 to 3.5.

create table photometry.subject_catalog (
    subject_id uuid not null,
    n_sessions integer not null,
    n_photometry_sessions integer not null,
    n_recordings integer not null,
    n_errors integer not null,
    first_session_date date not null,
    constraint subject_catalog_pkey primary key (subject_id),
    constraint subject_catalog_subject_fkey foreign key (subject_id) references core.subject on delete cascade
);
comment on table photometry.subject_catalog is
    'Subjects with photometry: regions repaired across their sessions, targets, days, and what is wrong with the metadata. '
    'One row per subject that has fibres, a photometry session or a session of the photometry project.';
comment on column photometry.subject_catalog.subject_id is 'The subject.';
comment on column photometry.subject_catalog.n_sessions is 'Sessions of the subject, of any kind.';
comment on column photometry.subject_catalog.n_photometry_sessions is 'Those with photometry.';
comment on column photometry.subject_catalog.n_recordings is 'Recordings in the catalogue: sessions times fibres.';
comment on column photometry.subject_catalog.n_errors is 'Rows of photometry.catalog_error.';
comment on column photometry.subject_catalog.first_session_date is 'Date of the first session: day 0.';

create table photometry.catalog_session (
    subject_id uuid not null,
    session_id uuid not null,
    is_photometry boolean not null,
    session_type text,
    neuromodulator text,
    strain_line_neuromodulator text,
    session_length_s units.seconds,
    day_n integer not null,
    session_n integer not null,
    n_recordings integer not null,
    n_listed_regions integer not null,
    constraint catalog_session_pkey primary key (subject_id, session_id),
    constraint catalog_session_subject_catalog_fkey foreign key (subject_id)
        references photometry.subject_catalog on delete cascade,
    constraint catalog_session_session_fkey foreign key (session_id) references core.session on delete cascade
);
create index catalog_session_session_idx on photometry.catalog_session (session_id);
comment on table photometry.catalog_session is
    'Sessions of the subjects in the catalogue. One row per session. Part of photometry.subject_catalog.';
comment on column photometry.catalog_session.subject_id is 'The subject.';
comment on column photometry.catalog_session.session_id is 'The session.';
comment on column photometry.catalog_session.is_photometry is
    'Whether it has signals or listed regions, or belongs to the photometry project; only such sessions are checked.';
comment on column photometry.catalog_session.session_type is
    'Kind of session by its protocol (biased); null when the protocol names none or several, or a variant.';
comment on column photometry.catalog_session.neuromodulator is 'Neuromodulator of the first recording''s region; null when it is no target.';
comment on column photometry.catalog_session.strain_line_neuromodulator is
    'Neuromodulator that the subject''s strain or line tells; null when neither does.';
comment on column photometry.catalog_session.session_length_s is
    'End minus start [s]; null without an end or when they fall on different dates.';
comment on column photometry.catalog_session.day_n is 'Days since the subject''s first session.';
comment on column photometry.catalog_session.session_n is
    'Rank of the session''s date among the subject''s dates, from 1; sessions of one date share it.';
comment on column photometry.catalog_session.n_recordings is 'Recordings of the session in photometry.catalog_recording.';
comment on column photometry.catalog_session.n_listed_regions is 'Regions that the session itself lists, before any repair.';

create table photometry.catalog_recording (
    subject_id uuid not null,
    session_id uuid not null,
    fiber_idx integer not null,
    brain_region text not null,
    hemisphere text,
    target_nm text,
    neuromodulator text,
    recorded_region text,
    has_signal boolean not null,
    constraint catalog_recording_pkey primary key (subject_id, session_id, fiber_idx),
    constraint catalog_recording_subject_catalog_fkey foreign key (subject_id)
        references photometry.subject_catalog on delete cascade,
    constraint catalog_recording_session_fkey foreign key (session_id) references core.session on delete cascade,
    constraint catalog_recording_hemisphere_check check (hemisphere in ('l', 'r')),
    constraint catalog_recording_fiber_idx_check check (fiber_idx >= 0)
);
create index catalog_recording_session_idx on photometry.catalog_recording (session_id, fiber_idx);
comment on table photometry.catalog_recording is
    'Where each recording was made, as repaired: analyses take region, side and target from here. One row per session and fibre, '
    'also of sessions whose signals are not there. Part of photometry.subject_catalog.';
comment on column photometry.catalog_recording.subject_id is 'The subject.';
comment on column photometry.catalog_recording.session_id is 'The session.';
comment on column photometry.catalog_recording.fiber_idx is 'The fibre, as in photometry.recording: from 0.';
comment on column photometry.catalog_recording.brain_region is 'Region, with its side where the source gives it in the name (VTA-l).';
comment on column photometry.catalog_recording.hemisphere is 'Side of the fibre: l or r; null on the midline and when it is not known.';
comment on column photometry.catalog_recording.target_nm is 'Region and neuromodulator (VTA-DA); null when the region is no target.';
comment on column photometry.catalog_recording.neuromodulator is 'Neuromodulator of the region; null when the region is no target.';
comment on column photometry.catalog_recording.recorded_region is
    'Region before the repair; null when the session lists none and it was taken from its subject''s other sessions or fibres.';
comment on column photometry.catalog_recording.has_signal is 'Whether photometry.recording has the recording.';

create table photometry.catalog_error (
    subject_id uuid not null,
    session_id uuid not null,
    error_no integer not null,
    error_type text not null,
    message text not null,
    constraint catalog_error_pkey primary key (subject_id, session_id, error_no),
    constraint catalog_error_subject_catalog_fkey foreign key (subject_id)
        references photometry.subject_catalog on delete cascade,
    constraint catalog_error_session_fkey foreign key (session_id) references core.session on delete cascade
);
create index catalog_error_session_idx on photometry.catalog_error (session_id);
create index catalog_error_type_idx on photometry.catalog_error (error_type);
comment on table photometry.catalog_error is
    'What is wrong with the metadata of photometry sessions, before the repair; nothing of it stops anything. '
    'One row per session and finding. Part of photometry.subject_catalog.';
comment on column photometry.catalog_error.subject_id is 'The subject.';
comment on column photometry.catalog_error.session_id is 'The session.';
comment on column photometry.catalog_error.error_no is 'Number of the finding within its session, from 1, in the order of the checks.';
comment on column photometry.catalog_error.error_type is 'Kind of error, see photometry.error_type.';
comment on column photometry.catalog_error.message is 'What was found.';

select engine.register_computed(
    'photometry.subject_catalog',
    about => 'Catalogue of a subject''s photometry sessions: regions, sides, targets, days, findings.',
    parts => array['photometry.catalog_session', 'photometry.catalog_recording', 'photometry.catalog_error'],
    inputs => array[
        engine.input('core.subject', owner => 'subject_id', columns => array['nickname', 'strain_name', 'line_name']),
        engine.input('core.session', owner => 'subject_id', columns => array[
            'subject_id', 'session_date', 'session_number', 'start_time', 'end_time', 'task_protocol', 'lab_name']),
        engine.input('core.session_project', owner => 'subject_id', columns => array['project_name'], via => 'core.session'),
        engine.input('store.dataset', owner => 'subject_id', columns => array['collection', 'dataset_name'], via => 'core.session'),
        engine.input('photometry.photometry_session', owner => 'subject_id', columns => array['session_id'], via => 'core.session'),
        engine.input('photometry.recording', owner => 'subject_id', columns => array[
            'fiber_idx', 'column_name', 'brain_region'], via => 'core.session'),
        engine.input('photometry.listed_region', owner => 'subject_id', columns => array['position', 'brain_region'],
            via => 'core.session'),
        engine.input('photometry.fiber', owner => 'subject_id', columns => array['fiber', 'targeted_region', 'x_ml_um']),
        engine.input('photometry.rules_revision', owner => 'subject_id')
    ]);
