-- Fibre photometry as it was recorded: sessions, bands, recordings (session x fibre), raw signals in the array store,
-- digital inputs, fibres, regions as listed. Source: spec/photometry.md, 3.7, 4 and 18.

create table photometry.photometry_session (
    session_id uuid not null,
    rig text not null,
    file_version text,
    clock text not null,
    clock_drift_ppm units.number,
    n_frames integer not null,
    start_s units.seconds,
    end_s units.seconds,
    frame_times_array_id uuid,
    frame_led_array_id uuid,
    constraint photometry_session_pkey primary key (session_id),
    constraint photometry_session_rig_check check (rig in ('neurophotometrics', 'pyphotometry')),
    constraint photometry_session_file_version_check check (file_version in ('version_1', 'version_2', 'version_5')),
    constraint photometry_session_clock_check check (clock in ('session', 'rig')),
    constraint photometry_session_n_frames_check check (n_frames >= 0),
    constraint photometry_session_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table photometry.photometry_session is
    'Sessions with a photometry recording. One row per session, inserted together with its bands, recordings and signals.';
comment on column photometry.photometry_session.session_id is 'The session.';
comment on column photometry.photometry_session.rig is
    'Kind of acquisition: neurophotometrics (camera, LEDs in turn) or pyphotometry (photodiode, two colours at once).';
comment on column photometry.photometry_session.file_version is
    'Form of the raw frame table (version_1, version_2, version_5); null when the signal was already extracted.';
comment on column photometry.photometry_session.clock is
    'Whose clock the times are on: session, that of the trials; or rig, that of the acquisition alone, so that trials and signals '
    'cannot be compared.';
comment on column photometry.photometry_session.clock_drift_ppm is
    'Drift of the acquisition''s clock against the session''s [1e-6], where they were aligned here; else null.';
comment on column photometry.photometry_session.n_frames is 'Frames of all bands together, as in the file.';
comment on column photometry.photometry_session.start_s is 'Time of the first frame [s, on the clock that column clock names].';
comment on column photometry.photometry_session.end_s is 'Time of the last frame [s, on the clock that column clock names].';
comment on column photometry.photometry_session.frame_times_array_id is
    'Times of all frames in file order: float64 (n_frames) [s]; null where bands are not taken in turn.';
comment on column photometry.photometry_session.frame_led_array_id is
    'LED state of all frames: uint8 (n_frames); 0 none, 1 isosbestic (415 nm, violet), 2 GCaMP (470 nm, blue), 3 RCaMP (560 nm, green), '
    'several at once: 4 isosbestic and GCaMP, 5 isosbestic and RCaMP, 6 GCaMP and RCaMP, 7 all; 255 a state that could not be decoded (gap).';
select store.own_array('photometry.photometry_session', 'frame_times_array_id');
select store.own_array('photometry.photometry_session', 'frame_led_array_id');
select engine.set_tier('photometry.photometry_session', 'imported');

create table photometry.band (
    session_id uuid not null,
    band text not null,
    wavelength_nm integer,
    n_samples integer not null,
    times_array_id uuid not null,
    constraint band_pkey primary key (session_id, band),
    constraint band_band_check check (band in ('GCaMP', 'Isosbestic', 'RCaMP')),
    constraint band_wavelength_nm_check check (wavelength_nm between 300 and 1000),
    constraint band_n_samples_check check (n_samples >= 0),
    constraint band_photometry_session_fkey foreign key (session_id)
        references photometry.photometry_session on delete restrict
);
comment on table photometry.band is
    'Bands of a recording: the frames taken under one LED. One row per session and band. Not restricted to the session''s trials.';
comment on column photometry.band.session_id is 'The session.';
comment on column photometry.band.band is 'GCaMP (470 nm), Isosbestic (415 nm) or RCaMP (560 nm).';
comment on column photometry.band.wavelength_nm is 'Wavelength of the light [nm]; null when the source does not say.';
comment on column photometry.band.n_samples is 'Samples of the band.';
comment on column photometry.band.times_array_id is 'Times of the samples: float64 (n_samples) [s].';
select store.own_array('photometry.band', 'times_array_id');
select engine.set_tier('photometry.band', 'imported');

create table photometry.recording (
    session_id uuid not null,
    fiber_idx integer not null,
    column_name text not null,
    brain_region text not null,
    constraint recording_pkey primary key (session_id, fiber_idx),
    constraint recording_brain_region_key unique (session_id, brain_region),
    constraint recording_fiber_idx_check check (fiber_idx >= 0),
    constraint recording_brain_region_check check (brain_region <> ''),
    constraint recording_photometry_session_fkey foreign key (session_id)
        references photometry.photometry_session on delete restrict
);
comment on table photometry.recording is
    'Recordings: one fibre in one session. One row per session and fibre. Hemisphere and target are in photometry.catalog_recording.';
comment on column photometry.recording.session_id is 'The session.';
comment on column photometry.recording.fiber_idx is 'Number of the fibre within its session, from 0.';
comment on column photometry.recording.column_name is 'Column of the source (G0, Region1G).';
comment on column photometry.recording.brain_region is
    'Brain region as the source names it (VTA-l, DMS), or the column''s name where nothing names one.';
select engine.set_tier('photometry.recording', 'imported');

create table photometry.band_signal (
    session_id uuid not null,
    fiber_idx integer not null,
    band text not null,
    signal_array_id uuid not null,
    constraint band_signal_pkey primary key (session_id, fiber_idx, band),
    constraint band_signal_recording_fkey foreign key (session_id, fiber_idx)
        references photometry.recording on delete restrict,
    constraint band_signal_band_fkey foreign key (session_id, band) references photometry.band on delete restrict
);
create index band_signal_band_idx on photometry.band_signal (session_id, band);
comment on table photometry.band_signal is 'Raw fluorescence. One row per session, fibre and band.';
comment on column photometry.band_signal.session_id is 'The session.';
comment on column photometry.band_signal.fiber_idx is 'The fibre.';
comment on column photometry.band_signal.band is 'The band.';
comment on column photometry.band_signal.signal_array_id is
    'Fluorescence [arbitrary]: float64, as long as the band''s times, not restricted to the trials.';
select store.own_array('photometry.band_signal', 'signal_array_id');
select engine.set_tier('photometry.band_signal', 'imported');

create table photometry.digital_event (
    session_id uuid not null,
    event integer not null,
    channel integer not null,
    time_s units.seconds not null,
    is_rising boolean not null,
    constraint digital_event_pkey primary key (session_id, event),
    constraint digital_event_event_check check (event >= 1),
    constraint digital_event_photometry_session_fkey foreign key (session_id)
        references photometry.photometry_session on delete restrict
);
comment on table photometry.digital_event is 'Changes at the acquisition''s digital inputs. One row per change.';
comment on column photometry.digital_event.session_id is 'The session.';
comment on column photometry.digital_event.event is 'Number of the change within its session, from 1, in order of time.';
comment on column photometry.digital_event.channel is 'Number of the input, as the source counts.';
comment on column photometry.digital_event.time_s is 'When [s, on the clock of photometry.photometry_session].';
comment on column photometry.digital_event.is_rising is 'True: the input went high; false: low.';
select engine.set_tier('photometry.digital_event', 'imported');

create table photometry.listed_region (
    session_id uuid not null,
    position integer not null,
    brain_region text not null,
    constraint listed_region_pkey primary key (session_id, position),
    constraint listed_region_position_check check (position >= 0),
    constraint listed_region_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table photometry.listed_region is
    'Brain regions as the session''s description or locations table lists them, before any repair. One row per session and place in the list.';
comment on column photometry.listed_region.session_id is 'The session.';
comment on column photometry.listed_region.position is 'Place in the list, from 0.';
comment on column photometry.listed_region.brain_region is 'Region with its side (VTA-l), as written; empty when the list has an empty entry.';
select engine.set_tier('photometry.listed_region', 'imported');

create table photometry.fiber (
    subject_id uuid not null,
    fiber integer not null,
    targeted_region text not null,
    neuromodulator text,
    x_ml_um units.number,
    y_ap_um units.number,
    z_dv_um units.number,
    depth_um units.number,
    theta_deg units.number,
    phi_deg units.number,
    roll_deg units.number,
    expression text,
    diameter_um units.number,
    length_mm units.number,
    numerical_aperture units.number,
    fiber_tip text,
    surgery_date date,
    details jsonb,
    constraint fiber_pkey primary key (subject_id, fiber),
    constraint fiber_fiber_check check (fiber >= 1),
    constraint fiber_targeted_region_check check (targeted_region <> ''),
    constraint fiber_subject_fkey foreign key (subject_id) references core.subject on delete restrict
);
comment on table photometry.fiber is
    'Optical fibres implanted in subjects, from the surgeons'' table. One row per fibre. Coordinates from bregma; positive X is left.';
comment on column photometry.fiber.subject_id is 'The subject.';
comment on column photometry.fiber.fiber is 'Number of the fibre within its subject, from 1, in file order.';
comment on column photometry.fiber.targeted_region is 'Region aimed at, without side (VTA).';
comment on column photometry.fiber.neuromodulator is 'Neuromodulator to be seen (DA, 5HT, NE, ACh).';
comment on column photometry.fiber.x_ml_um is 'Entry point, medio-lateral [um]; positive is left.';
comment on column photometry.fiber.y_ap_um is 'Entry point, antero-posterior [um]; positive is anterior.';
comment on column photometry.fiber.z_dv_um is 'Entry point, dorso-ventral [um]; positive is up.';
comment on column photometry.fiber.depth_um is 'Depth along the fibre [um].';
comment on column photometry.fiber.theta_deg is 'Angle from the vertical [deg].';
comment on column photometry.fiber.phi_deg is 'Azimuth from the right, anticlockwise [deg].';
comment on column photometry.fiber.roll_deg is 'Roll about the fibre [deg].';
comment on column photometry.fiber.expression is 'What expresses the sensor, as written.';
comment on column photometry.fiber.diameter_um is 'Diameter of the fibre [um].';
comment on column photometry.fiber.length_mm is 'Length of the fibre [mm].';
comment on column photometry.fiber.numerical_aperture is 'Numerical aperture of the fibre.';
comment on column photometry.fiber.fiber_tip is 'Shape of the tip, as written.';
comment on column photometry.fiber.surgery_date is 'Day of the implantation.';
comment on column photometry.fiber.details is 'Further columns of the table, as text by their names.';
select engine.set_tier('photometry.fiber', 'manual');

alter table task.wheel_recording add column position_array_id uuid, add column times_array_id uuid;
comment on column task.wheel_recording.position_array_id is
    'Position of the wheel: float64 (n_samples) [rad], counter-clockwise is positive; null when not kept in the array store.';
comment on column task.wheel_recording.times_array_id is
    'Times of the positions: float64 (n_samples) [s, session clock], not evenly sampled; null as position_array_id.';
select store.own_array('task.wheel_recording', 'position_array_id');
select store.own_array('task.wheel_recording', 'times_array_id');

grant insert, update, delete on
    photometry.photometry_session,
    photometry.band,
    photometry.recording,
    photometry.band_signal,
    photometry.digital_event,
    photometry.listed_region,
    photometry.fiber
    to trialbase_ingest;
