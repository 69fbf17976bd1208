-- Imaging: sessions, containers, experiments and ROIs as published tables list them; planes that are loaded, with their ROIs, masks,
-- traces and projections in the array store. Source: spec/change_detection.md, 3 and 5.2; spec/openscope.md, 14.
-- A plane is what the Allen Institute calls an experiment; a file with a single plane has plane 1. Computed tables hang on imaging.plane,
-- whose row is inserted together with its ROIs.

create table imaging.container (
    ophys_container_id bigint not null,
    subject_id uuid not null,
    targeted_structure text,
    targeted_imaging_depth_um units.number,
    constraint container_pkey primary key (ophys_container_id),
    constraint container_subject_fkey foreign key (subject_id) references core.subject on delete restrict
);
create index container_subject_idx on imaging.container (subject_id);
comment on table imaging.container is 'Containers: one imaging plane found again on several days. One row per container.';
comment on column imaging.container.ophys_container_id is 'Number of the container at the Allen Institute; the key.';
comment on column imaging.container.subject_id is 'The subject.';
comment on column imaging.container.targeted_structure is 'Area imaged (VISp).';
comment on column imaging.container.targeted_imaging_depth_um is
    'Depth aimed at: mean of the experiments'' depths, cut to a whole number [um].';
select engine.set_tier('imaging.container', 'imported');

create table imaging.ophys_session (
    session_id uuid not null,
    ophys_session_id bigint not null,
    behavior_session_id bigint not null,
    ophys_container_id bigint[],
    mouse_id text not null,
    indicator text,
    full_genotype text,
    driver_line text[],
    cre_line text,
    reporter_line text,
    sex text,
    age_in_days integer,
    project_code text,
    session_type text,
    session_number integer,
    image_set text,
    behavior_type text,
    experience_level text,
    prior_exposures_to_session_type integer,
    prior_exposures_to_image_set integer,
    prior_exposures_to_omissions integer,
    date_of_acquisition timestamptz,
    date_of_acquisition_text text,
    equipment_name text,
    num_targeted_structures integer,
    imaging_plane_group_count integer,
    ophys_experiment_id bigint[],
    num_depths_per_area integer,
    release text,
    extra jsonb,
    constraint ophys_session_pkey primary key (session_id),
    constraint ophys_session_ophys_session_id_key unique (ophys_session_id),
    constraint ophys_session_age_in_days_check check (age_in_days >= 0),
    constraint ophys_session_prior_exposures_check check (
        prior_exposures_to_session_type >= 0 and prior_exposures_to_image_set >= 0 and prior_exposures_to_omissions >= 0
    ),
    constraint ophys_session_session_fkey foreign key (session_id) references core.session on delete restrict
);
create index ophys_session_session_type_idx on imaging.ophys_session (session_type);
comment on table imaging.ophys_session is
    'Imaging sessions as the Allen Institute''s table of them lists them, every column. One row per session.';
comment on column imaging.ophys_session.session_id is 'The session, that of its behaviour.';
comment on column imaging.ophys_session.ophys_session_id is 'Number of the imaging session at the Allen Institute.';
comment on column imaging.ophys_session.behavior_session_id is 'Number of the behaviour session at the Allen Institute.';
comment on column imaging.ophys_session.ophys_container_id is
    'Containers that the session contributed to; an empty array is an empty list, null an empty cell.';
comment on column imaging.ophys_session.mouse_id is 'The mouse, as the table writes it; the subject''s nickname.';
comment on column imaging.ophys_session.indicator is 'Calcium indicator (GCaMP6f), as published.';
comment on column imaging.ophys_session.full_genotype is 'Genotype with all its alleles, separated by semicolons.';
comment on column imaging.ophys_session.driver_line is
    'Driver lines, in the table''s order; an empty array is an empty list, null an empty cell.';
comment on column imaging.ophys_session.cre_line is 'Cre line (Slc17a7-IRES2-Cre).';
comment on column imaging.ophys_session.reporter_line is 'Reporter line (Ai93(TITL-GCaMP6f)).';
comment on column imaging.ophys_session.sex is 'Sex as the table writes it: M or F.';
comment on column imaging.ophys_session.age_in_days is 'Age at the session [days].';
comment on column imaging.ophys_session.project_code is 'Project that the session was recorded for (VisualBehaviorMultiscope).';
comment on column imaging.ophys_session.session_type is 'Stage of training or imaging (OPHYS_1_images_A); null when the table has none.';
comment on column imaging.ophys_session.session_number is 'Number after OPHYS_ in session_type, 0 to 6; null in training.';
comment on column imaging.ophys_session.image_set is 'Images shown: images_A, images_B, images_G, images_H or gratings.';
comment on column imaging.ophys_session.behavior_type is 'active_behavior, or passive_viewing: same stimuli, no spout.';
comment on column imaging.ophys_session.experience_level is 'Training, Familiar, Novel 1 or Novel >1, as published.';
comment on column imaging.ophys_session.prior_exposures_to_session_type is
    'Earlier sessions of the mouse with this session type, as published: counted over all of its sessions, whether or not they are '
    'loaded here.';
comment on column imaging.ophys_session.prior_exposures_to_image_set is
    'Earlier sessions of the mouse with this image set, as published; null for gratings.';
comment on column imaging.ophys_session.prior_exposures_to_omissions is 'Earlier sessions of the mouse with omitted flashes, as published.';
comment on column imaging.ophys_session.date_of_acquisition is
    'Start: the table''s digits read on the laboratory''s clock (America/Los_Angeles), whatever zone the table writes behind them; '
    'null when the cell is no date.';
comment on column imaging.ophys_session.date_of_acquisition_text is
    'Start as the table writes it; it is labelled UTC and is the laboratory''s clock.';
comment on column imaging.ophys_session.equipment_name is 'Rig (MESO.1, BEH.D-Box1).';
comment on column imaging.ophys_session.num_targeted_structures is 'Areas imaged.';
comment on column imaging.ophys_session.imaging_plane_group_count is
    'Groups of planes that were imaged at the same time; null for a single plane.';
comment on column imaging.ophys_session.ophys_experiment_id is
    'Experiments (imaging planes) of the session, as listed; an empty array is an empty list, null an empty cell.';
comment on column imaging.ophys_session.num_depths_per_area is 'Depths imaged in each area.';
comment on column imaging.ophys_session.release is
    'Version of the manifest that the table came with (1.0.1); null for a table without one.';
comment on column imaging.ophys_session.extra is
    'Columns of the table that are not known here, as text by their names; null when there are none.';
select engine.set_tier('imaging.ophys_session', 'imported');

create table imaging.experiment (
    session_id uuid not null,
    ophys_experiment_id bigint not null,
    behavior_session_id bigint not null,
    ophys_session_id bigint,
    ophys_container_id bigint,
    mouse_id text not null,
    indicator text,
    full_genotype text,
    driver_line text[],
    cre_line text,
    reporter_line text,
    sex text,
    age_in_days integer,
    imaging_depth_um units.number,
    targeted_structure text,
    targeted_imaging_depth_um units.number,
    imaging_plane_group integer,
    project_code text,
    session_type text,
    session_number integer,
    image_set text,
    behavior_type text,
    is_passive boolean,
    experience_level text,
    prior_exposures_to_session_type integer,
    prior_exposures_to_image_set integer,
    prior_exposures_to_omissions integer,
    date_of_acquisition timestamptz,
    date_of_acquisition_text text,
    equipment_name text,
    file_id bigint,
    file_path text,
    release text,
    extra jsonb,
    constraint experiment_pkey primary key (session_id, ophys_experiment_id),
    constraint experiment_ophys_experiment_id_key unique (ophys_experiment_id),
    constraint experiment_age_in_days_check check (age_in_days >= 0),
    constraint experiment_prior_exposures_check check (
        prior_exposures_to_session_type >= 0 and prior_exposures_to_image_set >= 0 and prior_exposures_to_omissions >= 0
    ),
    constraint experiment_session_fkey foreign key (session_id) references core.session on delete restrict,
    constraint experiment_container_fkey foreign key (ophys_container_id) references imaging.container on delete restrict
);
create index experiment_container_idx on imaging.experiment (ophys_container_id);
create index experiment_ophys_session_idx on imaging.experiment (ophys_session_id);
create index experiment_structure_idx on imaging.experiment (targeted_structure, session_type);
comment on table imaging.experiment is
    'Experiments as the Allen Institute''s table of them lists them, every column: one imaging plane of one session. One row per '
    'experiment. Whether it is loaded is told by imaging.plane.';
comment on column imaging.experiment.session_id is 'The session.';
comment on column imaging.experiment.ophys_experiment_id is
    'Number of the experiment at the Allen Institute; imaging.plane has it in column plane.';
comment on column imaging.experiment.behavior_session_id is 'Number of the behaviour session at the Allen Institute.';
comment on column imaging.experiment.ophys_session_id is 'Number of the imaging session at the Allen Institute.';
comment on column imaging.experiment.ophys_container_id is 'Container of the plane; null when it has none.';
comment on column imaging.experiment.mouse_id is 'The mouse, as the table writes it; the subject''s nickname.';
comment on column imaging.experiment.indicator is 'Calcium indicator (GCaMP6f), as published.';
comment on column imaging.experiment.full_genotype is 'Genotype with all its alleles, separated by semicolons.';
comment on column imaging.experiment.driver_line is
    'Driver lines, in the table''s order; an empty array is an empty list, null an empty cell.';
comment on column imaging.experiment.cre_line is 'Cre line (Slc17a7-IRES2-Cre).';
comment on column imaging.experiment.reporter_line is 'Reporter line (Ai93(TITL-GCaMP6f)).';
comment on column imaging.experiment.sex is 'Sex as the table writes it: M or F.';
comment on column imaging.experiment.age_in_days is 'Age at the session [days].';
comment on column imaging.experiment.imaging_depth_um is 'Depth of the plane below the brain''s surface [um].';
comment on column imaging.experiment.targeted_structure is 'Area imaged (VISp, VISl, VISal, VISam).';
comment on column imaging.experiment.targeted_imaging_depth_um is 'Depth aimed at [um], as published.';
comment on column imaging.experiment.imaging_plane_group is 'Group of planes that were imaged at the same time; null for a single plane.';
comment on column imaging.experiment.project_code is 'Project that the session was recorded for (VisualBehaviorMultiscope).';
comment on column imaging.experiment.session_type is 'Stage of training or imaging (OPHYS_1_images_A); null when the table has none.';
comment on column imaging.experiment.session_number is 'Number after OPHYS_ in session_type, 0 to 6; null in training.';
comment on column imaging.experiment.image_set is 'Letter of the images shown (A, B, G, H), as this table has it.';
comment on column imaging.experiment.behavior_type is 'active_behavior, or passive_viewing: same stimuli, no spout.';
comment on column imaging.experiment.is_passive is
    'Whether the stimuli were replayed without a spout, as published (session_number 2 and 5).';
comment on column imaging.experiment.experience_level is 'Training, Familiar, Novel 1 or Novel >1, as published.';
comment on column imaging.experiment.prior_exposures_to_session_type is
    'Earlier sessions of the mouse with this session type, as published: counted over all of its sessions, whether or not they are '
    'loaded here.';
comment on column imaging.experiment.prior_exposures_to_image_set is
    'Earlier sessions of the mouse with this image set, as published; null for gratings.';
comment on column imaging.experiment.prior_exposures_to_omissions is 'Earlier sessions of the mouse with omitted flashes, as published.';
comment on column imaging.experiment.date_of_acquisition is
    'Start: the table''s digits read on the laboratory''s clock (America/Los_Angeles), whatever zone the table writes behind them; '
    'null when the cell is no date.';
comment on column imaging.experiment.date_of_acquisition_text is
    'Start as the table writes it; it is labelled UTC and is the laboratory''s clock.';
comment on column imaging.experiment.equipment_name is 'Rig (MESO.1, BEH.D-Box1).';
comment on column imaging.experiment.file_id is 'Number of the experiment''s file in the manifest; -999 or null when it has none.';
comment on column imaging.experiment.file_path is 'Name of the experiment''s file.';
comment on column imaging.experiment.release is 'Version of the manifest that the table came with (1.0.1); null for a table without one.';
comment on column imaging.experiment.extra is
    'Columns of the table that are not known here, as text by their names; null when there are none.';
select engine.set_tier('imaging.experiment', 'imported');

create table imaging.listed_cell (
    cell_roi_id bigint not null,
    cell_specimen_id bigint,
    ophys_experiment_id bigint not null,
    session_id uuid,
    release text,
    extra jsonb,
    constraint listed_cell_pkey primary key (cell_roi_id),
    constraint listed_cell_experiment_fkey foreign key (session_id, ophys_experiment_id) references imaging.experiment on delete restrict
);
create index listed_cell_experiment_idx on imaging.listed_cell (session_id, ophys_experiment_id);
create index listed_cell_cell_specimen_idx on imaging.listed_cell (cell_specimen_id);
comment on table imaging.listed_cell is
    'ROIs as the Allen Institute''s table of cells lists them. One row per ROI. Those of loaded planes are in imaging.roi.';
comment on column imaging.listed_cell.cell_roi_id is 'Number of the ROI at the Allen Institute; the key.';
comment on column imaging.listed_cell.cell_specimen_id is
    'Number of the cell, the same in all sessions in which it was found again; null when it was not.';
comment on column imaging.listed_cell.ophys_experiment_id is 'Experiment that the row names, whether or not imaging.experiment has it.';
comment on column imaging.listed_cell.session_id is
    'Session of that experiment; null when imaging.experiment does not have the experiment.';
comment on column imaging.listed_cell.release is 'Version of the manifest that the table came with; null for a table without one.';
comment on column imaging.listed_cell.extra is
    'Columns of the table that are not known here, as text by their names; null when there are none.';
select engine.set_tier('imaging.listed_cell', 'imported');

create table imaging.plane (
    session_id uuid not null,
    plane bigint not null,
    plane_name text,
    description text,
    targeted_structure text,
    imaging_depth_um units.number,
    targeted_imaging_depth_um units.number,
    frame_rate_hz units.hertz,
    excitation_lambda_nm units.number,
    emission_lambda_nm units.number,
    indicator text,
    field_of_view_width integer,
    field_of_view_height integer,
    imaging_plane_group integer,
    imaging_plane_group_count integer,
    n_frames bigint,
    n_rois integer not null,
    frame_times_array_id uuid,
    roi_mask_array_id uuid,
    motion_x_array_id uuid,
    motion_y_array_id uuid,
    constraint plane_pkey primary key (session_id, plane),
    constraint plane_n_check check (n_frames >= 0 and n_rois >= 0),
    constraint plane_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table imaging.plane is 'Imaging planes that are loaded. One row per session and plane, inserted together with its ROIs.';
comment on column imaging.plane.session_id is 'The session.';
comment on column imaging.plane.plane is
    'Number of the plane: ophys_experiment_id of the Allen Institute; 1 for a session with one plane and no numbers.';
comment on column imaging.plane.plane_name is 'Name of the plane in its file (imaging_plane_1).';
comment on column imaging.plane.description is 'Description of the plane, as written.';
comment on column imaging.plane.targeted_structure is 'Area imaged, as the file tells it.';
comment on column imaging.plane.imaging_depth_um is 'Depth of the plane below the brain''s surface [um]; null when not told.';
comment on column imaging.plane.targeted_imaging_depth_um is 'Depth aimed at [um]; null when not told.';
comment on column imaging.plane.frame_rate_hz is 'Frames per second, as the file tells it [Hz].';
comment on column imaging.plane.excitation_lambda_nm is 'Wavelength of the exciting light [nm].';
comment on column imaging.plane.emission_lambda_nm is 'Wavelength of the emitted light [nm].';
comment on column imaging.plane.indicator is 'Calcium indicator.';
comment on column imaging.plane.field_of_view_width is 'Width of the image [pixels].';
comment on column imaging.plane.field_of_view_height is 'Height of the image [pixels].';
comment on column imaging.plane.imaging_plane_group is 'Group of planes that were imaged at the same time; null for a single plane.';
comment on column imaging.plane.imaging_plane_group_count is 'Groups of planes; null for a single plane.';
comment on column imaging.plane.n_frames is 'Imaging frames.';
comment on column imaging.plane.n_rois is 'ROIs, invalid ones included.';
comment on column imaging.plane.frame_times_array_id is
    'Times of the imaging frames: float64 (frames) [s, session clock]; null when not kept.';
comment on column imaging.plane.roi_mask_array_id is
    'Masks of the ROIs: uint8 (ROI, row, column), 1 within, in the order of imaging.roi; null when not kept.';
comment on column imaging.plane.motion_x_array_id is 'Motion correction in x: int64 or float64 (frames) [pixels]; null when not kept.';
comment on column imaging.plane.motion_y_array_id is 'Motion correction in y: int64 or float64 (frames) [pixels]; null when not kept.';
select store.own_array('imaging.plane', 'frame_times_array_id');
select store.own_array('imaging.plane', 'roi_mask_array_id');
select store.own_array('imaging.plane', 'motion_x_array_id');
select store.own_array('imaging.plane', 'motion_y_array_id');
select engine.set_tier('imaging.plane', 'imported');

create table imaging.roi (
    session_id uuid not null,
    plane bigint not null,
    roi integer not null,
    cell_roi_id bigint,
    tracking_id bigint,
    x integer,
    y integer,
    width integer,
    height integer,
    n_mask_pixels integer,
    mask_image_plane integer,
    max_correction_up units.number,
    max_correction_down units.number,
    max_correction_left units.number,
    max_correction_right units.number,
    is_valid boolean,
    neuropil_r units.number,
    neuropil_rmse units.number,
    event_lambda units.number,
    event_noise_std units.number,
    extra jsonb,
    constraint roi_pkey primary key (session_id, plane, roi),
    constraint roi_roi_check check (roi >= 1),
    constraint roi_plane_fkey foreign key (session_id, plane) references imaging.plane on delete cascade
);
create index roi_tracking_id_idx on imaging.roi (tracking_id) where tracking_id is not null;
create index roi_cell_roi_id_idx on imaging.roi (cell_roi_id) where cell_roi_id is not null;
comment on table imaging.roi is 'Regions of interest: cells or dendrites found in a plane. One row per session, plane and ROI.';
comment on column imaging.roi.session_id is 'The session.';
comment on column imaging.roi.plane is 'The plane.';
comment on column imaging.roi.roi is 'Number of the ROI within its plane, from 1, in the file''s order: its place in masks and traces.';
comment on column imaging.roi.cell_roi_id is 'Number of the ROI at its source; null when it has none.';
comment on column imaging.roi.tracking_id is
    'Number of the cell, the same in all sessions of its subject in which it was found again (cell_specimen_id of the Allen '
    'Institute); null when it was not, or not yet.';
comment on column imaging.roi.x is 'Left edge of the mask''s box [pixels].';
comment on column imaging.roi.y is 'Upper edge of the mask''s box [pixels].';
comment on column imaging.roi.width is 'Width of the mask''s box [pixels].';
comment on column imaging.roi.height is 'Height of the mask''s box [pixels].';
comment on column imaging.roi.n_mask_pixels is 'Pixels of the mask; null without one.';
comment on column imaging.roi.mask_image_plane is 'Plane of the image of masks: overlapping ROIs are drawn in different ones.';
comment on column imaging.roi.max_correction_up is 'Largest motion correction upwards [pixels].';
comment on column imaging.roi.max_correction_down is 'Largest motion correction downwards [pixels].';
comment on column imaging.roi.max_correction_left is 'Largest motion correction to the left [pixels].';
comment on column imaging.roi.max_correction_right is 'Largest motion correction to the right [pixels].';
comment on column imaging.roi.is_valid is 'Whether the source counts it as a cell; null when it does not tell.';
comment on column imaging.roi.neuropil_r is 'Factor of the neuropil that was subtracted (r); null without one.';
comment on column imaging.roi.neuropil_rmse is 'Root mean square error of that fit; null without one.';
comment on column imaging.roi.event_lambda is 'Penalty of the event detection (lambda); null without one.';
comment on column imaging.roi.event_noise_std is 'Noise of the trace that events were detected in; null without one.';
comment on column imaging.roi.extra is 'Further columns of the ROI table, by their names; null when there are none.';
select engine.set_tier('imaging.roi', 'imported');

create table imaging.trace (
    session_id uuid not null,
    plane bigint not null,
    kind text not null,
    n_frames bigint not null,
    unit text,
    trace_array_id uuid not null,
    constraint trace_pkey primary key (session_id, plane, kind),
    constraint trace_kind_check check (kind in ('dff', 'corrected_fluorescence', 'demixed', 'neuropil', 'events')),
    constraint trace_n_frames_check check (n_frames >= 0),
    constraint trace_plane_fkey foreign key (session_id, plane) references imaging.plane on delete cascade
);
comment on table imaging.trace is 'Traces of all ROIs of a plane. One row per session, plane and kind of trace.';
comment on column imaging.trace.session_id is 'The session.';
comment on column imaging.trace.plane is 'The plane.';
comment on column imaging.trace.kind is 'dff, corrected_fluorescence, demixed, neuropil or events (detected, not filtered).';
comment on column imaging.trace.n_frames is 'Frames; as many as the plane has times.';
comment on column imaging.trace.unit is 'Unit, as the file has it; null for none.';
comment on column imaging.trace.trace_array_id is
    'float64 (frames, ROI); columns in the order of imaging.roi, NaN where an ROI has no such trace.';
select store.own_array('imaging.trace', 'trace_array_id');
select engine.set_tier('imaging.trace', 'imported');

create table imaging.projection (
    session_id uuid not null,
    plane bigint not null,
    kind text not null,
    pixel_size_um units.number,
    image_array_id uuid not null,
    constraint projection_pkey primary key (session_id, plane, kind),
    constraint projection_kind_check check (kind in ('max_projection', 'average_image', 'segmentation_mask_image')),
    constraint projection_plane_fkey foreign key (session_id, plane) references imaging.plane on delete cascade
);
comment on table imaging.projection is 'Images of a plane. One row per session, plane and kind of image.';
comment on column imaging.projection.session_id is 'The session.';
comment on column imaging.projection.plane is 'The plane.';
comment on column imaging.projection.kind is 'max_projection, average_image or segmentation_mask_image.';
comment on column imaging.projection.pixel_size_um is
    'Distance of two pixels [um]; files have it in mm, divided by 10. Null when not told.';
comment on column imaging.projection.image_array_id is 'The image: (row, column), grey level or 1 within a mask.';
select store.own_array('imaging.projection', 'image_array_id');
select engine.set_tier('imaging.projection', 'imported');

comment on schema imaging is 'Imaging: sessions, planes, ROIs and their traces; as published tables list them, and as loaded.';

grant insert, update, delete on
    imaging.container,
    imaging.ophys_session,
    imaging.experiment,
    imaging.listed_cell,
    imaging.plane,
    imaging.roi,
    imaging.trace,
    imaging.projection
    to trialbase_ingest;
