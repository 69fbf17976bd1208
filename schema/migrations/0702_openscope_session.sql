-- OpenScope credit assignment: sessions from files, the stimulus segment by segment, the pupil, patches. Planes, ROIs and traces are in
-- the tables of imaging, running in task.running_recording. Source: spec/openscope.md, 2 and 14.

create table task.openscope_session (
    session_id uuid not null,
    file_name text not null,
    start_text text,
    n_segments integer not null,
    n_stim_frames bigint not null,
    n_twop_frames bigint not null,
    n_rois integer not null,
    stim_fps units.hertz,
    twop_fps units.hertz,
    constraint openscope_session_pkey primary key (session_id),
    constraint openscope_session_n_check check (n_segments >= 1 and n_stim_frames >= 0 and n_twop_frames >= 0 and n_rois >= 0),
    constraint openscope_session_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.openscope_session is
    'Sessions of the OpenScope credit-assignment experiment whose file is loaded. One row per session, inserted together with its '
    'segments; its imaging is in imaging.plane (plane 1), its running in task.running_recording.';
comment on column task.openscope_session.session_id is 'The session.';
comment on column task.openscope_session.file_name is 'Name of the file that it was read from.';
comment on column task.openscope_session.start_text is
    'Start as the file writes it: in the published files UTC digits with the rig''s offset behind them; core.session has the true start.';
comment on column task.openscope_session.n_segments is 'Segments of the stimulus: rows of task.stimulus_segment.';
comment on column task.openscope_session.n_stim_frames is 'Stimulus frames: samples of the running (tot_stim_fr).';
comment on column task.openscope_session.n_twop_frames is 'Two-photon frames: rows of the traces (tot_twop_fr).';
comment on column task.openscope_session.n_rois is 'ROIs: columns of the traces (nrois).';
comment on column task.openscope_session.stim_fps is 'Stimulus frames per second, over all segments [Hz]; null when they last no time.';
comment on column task.openscope_session.twop_fps is 'Two-photon frames per second, over all segments [Hz]; null when they last no time.';
select engine.set_tier('task.openscope_session', 'imported');

create table task.stimulus_segment (
    session_id uuid not null,
    segment integer not null,
    start_s units.seconds not null,
    stop_s units.seconds not null,
    stimulus_type text not null,
    stimulus_template_name text,
    is_unexpected boolean,
    gabor_frame text,
    gabor_kappa units.number,
    gabor_mean_orientation_deg units.number,
    gabor_number integer,
    main_flow_direction text,
    square_size_px units.number,
    square_number integer,
    square_proportion_flipped units.fraction,
    start_frame_stim_template bigint,
    start_frame_stim bigint not null,
    stop_frame_stim bigint not null,
    num_frames_stim bigint not null,
    start_frame_twop bigint not null,
    stop_frame_twop bigint not null,
    num_frames_twop bigint not null,
    constraint stimulus_segment_pkey primary key (session_id, segment),
    constraint stimulus_segment_segment_check check (segment >= 0),
    constraint stimulus_segment_times_check check (stop_s >= start_s),
    constraint stimulus_segment_openscope_session_fkey foreign key (session_id) references task.openscope_session on delete cascade
);
comment on table task.stimulus_segment is
    'Segments of the stimulus: a Gabor frame, a second of visual flow, a stretch of grey. One row per session and segment.';
comment on column task.stimulus_segment.session_id is 'The session.';
comment on column task.stimulus_segment.segment is 'Row of the file''s stimulus table, from 0: what the published analysis calls a segment.';
comment on column task.stimulus_segment.start_s is 'Start [s, session clock] (start_time_sec).';
comment on column task.stimulus_segment.stop_s is 'Stop [s, session clock] (stop_time_sec).';
comment on column task.stimulus_segment.stimulus_type is 'gabors, visflow or grayscreen.';
comment on column task.stimulus_segment.stimulus_template_name is 'Pictures that it was drawn from: gabors, visflow_right, visflow_left, grayscreen.';
comment on column task.stimulus_segment.is_unexpected is
    'Whether it breaks the pattern; all five segments of a Gabor sequence with U do. Null for grey screen.';
comment on column task.stimulus_segment.gabor_frame is 'A, B, C, D, U (in the place of D) or G (grey); null for other stimuli.';
comment on column task.stimulus_segment.gabor_kappa is 'Dispersion of the patches'' orientations (kappa of von Mises); null for other stimuli.';
comment on column task.stimulus_segment.gabor_mean_orientation_deg is 'Mean orientation of the patches [degrees]; null for other stimuli.';
comment on column task.stimulus_segment.gabor_number is 'Patches shown; null for G and for other stimuli.';
comment on column task.stimulus_segment.main_flow_direction is 'Where most squares go: right (temp) or left (nasal); null for other stimuli.';
comment on column task.stimulus_segment.square_size_px is 'Edge of a square [pixels]; null for other stimuli.';
comment on column task.stimulus_segment.square_number is 'Squares shown; null for other stimuli.';
comment on column task.stimulus_segment.square_proportion_flipped is 'Share of the squares that go the other way, 0 to 1; null for other stimuli.';
comment on column task.stimulus_segment.start_frame_stim_template is 'First frame within the template, from 0; null when not told.';
comment on column task.stimulus_segment.start_frame_stim is 'First stimulus frame, from 0.';
comment on column task.stimulus_segment.stop_frame_stim is 'Stimulus frame after the last: that of the next segment.';
comment on column task.stimulus_segment.num_frames_stim is 'Stimulus frames.';
comment on column task.stimulus_segment.start_frame_twop is 'First two-photon frame, from 0.';
comment on column task.stimulus_segment.stop_frame_twop is 'Two-photon frame after the last: that of the next segment.';
comment on column task.stimulus_segment.num_frames_twop is 'Two-photon frames.';
select engine.set_tier('task.stimulus_segment', 'imported');

create table task.frame_map (
    session_id uuid not null,
    from_clock text not null,
    first_frame bigint not null,
    frames integer[] not null,
    constraint frame_map_pkey primary key (session_id, from_clock, first_frame),
    constraint frame_map_from_clock_check check (from_clock in ('stim', 'twop')),
    constraint frame_map_first_frame_check check (first_frame >= 0 and first_frame % 1000 = 0 and cardinality(frames) between 1 and 1000),
    constraint frame_map_openscope_session_fkey foreign key (session_id) references task.openscope_session on delete cascade
);
comment on table task.frame_map is
    'From frames of the stimulus to those of the microscope and back, by the nearest time. One row per session, direction and 1000 frames; '
    'ask analysis.openscope_frames.';
comment on column task.frame_map.session_id is 'The session.';
comment on column task.frame_map.from_clock is 'stim: stimulus frames to two-photon frames (stim2twopfr); twop: back (twop2stimfr).';
comment on column task.frame_map.first_frame is 'Frame of the first element, from 0; a multiple of 1000.';
comment on column task.frame_map.frames is
    'Nearest frame of the other clock, from 0; of two that are as near the later one; null where the stimulus is not shown.';
select engine.set_tier('task.frame_map', 'imported');

create table task.pupil_recording (
    session_id uuid not null,
    n_frames bigint not null,
    times_array_id uuid not null,
    diameter_array_id uuid not null,
    x_array_id uuid,
    y_array_id uuid,
    constraint pupil_recording_pkey primary key (session_id),
    constraint pupil_recording_n_frames_check check (n_frames >= 0),
    constraint pupil_recording_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table task.pupil_recording is
    'Size and place of the pupil, frame by frame in the array store. One row per session with such a recording; ellipses that were fitted '
    'to eye videos are in task.eye_recording.';
comment on column task.pupil_recording.session_id is 'The session.';
comment on column task.pupil_recording.n_frames is 'Number of frames.';
comment on column task.pupil_recording.times_array_id is 'Times of the frames: float64 (frames) [s, session clock]; those of the two-photon frames.';
comment on column task.pupil_recording.diameter_array_id is 'Diameter: float64 (frames) [mm], NaN where no pupil was found.';
comment on column task.pupil_recording.x_array_id is 'Place from left to right: float64 (frames) [mm], NaN likewise; null when the file lacks it.';
comment on column task.pupil_recording.y_array_id is 'Place from top to bottom: float64 (frames) [mm], NaN likewise; null when the file lacks it.';
select store.own_array('task.pupil_recording', 'times_array_id');
select store.own_array('task.pupil_recording', 'diameter_array_id');
select store.own_array('task.pupil_recording', 'x_array_id');
select store.own_array('task.pupil_recording', 'y_array_id');
select engine.set_tier('task.pupil_recording', 'imported');

create table task.gabor_patch (
    session_id uuid not null,
    n_patches integer not null,
    x_array_id uuid not null,
    y_array_id uuid not null,
    size_array_id uuid not null,
    orientation_array_id uuid,
    constraint gabor_patch_pkey primary key (session_id),
    constraint gabor_patch_n_patches_check check (n_patches >= 1),
    constraint gabor_patch_openscope_session_fkey foreign key (session_id) references task.openscope_session on delete cascade
);
comment on table task.gabor_patch is
    'Gabor patches of all segments, as arrays (segment, patch): row k is segment k, NaN where a segment has no such patch. One row per '
    'session with patches.';
comment on column task.gabor_patch.session_id is 'The session.';
comment on column task.gabor_patch.n_patches is 'Columns of the arrays: most patches of a segment.';
comment on column task.gabor_patch.x_array_id is 'Place from left to right: float64 (segment, patch) [pixels from the screen''s centre].';
comment on column task.gabor_patch.y_array_id is 'Place from bottom to top: float64 (segment, patch) [pixels from the screen''s centre].';
comment on column task.gabor_patch.size_array_id is 'Size: float64 (segment, patch) [pixels].';
comment on column task.gabor_patch.orientation_array_id is 'Orientation: float64 (segment, patch) [degrees]; null when the file lacks it.';
select store.own_array('task.gabor_patch', 'x_array_id');
select store.own_array('task.gabor_patch', 'y_array_id');
select store.own_array('task.gabor_patch', 'size_array_id');
select store.own_array('task.gabor_patch', 'orientation_array_id');
select engine.set_tier('task.gabor_patch', 'imported');

create table task.openscope_template (
    session_id uuid not null,
    template_name text not null,
    n_frames bigint not null,
    frame_array_id uuid not null,
    constraint openscope_template_pkey primary key (session_id, template_name),
    constraint openscope_template_n_frames_check check (n_frames >= 0),
    constraint openscope_template_openscope_session_fkey foreign key (session_id) references task.openscope_session on delete cascade
);
comment on table task.openscope_template is
    'Pictures that a session''s stimulus was drawn from; only of sessions that were loaded with them. One row per session and template.';
comment on column task.openscope_template.session_id is 'The session.';
comment on column task.openscope_template.template_name is 'Name, as in task.stimulus_segment (visflow_right).';
comment on column task.openscope_template.n_frames is 'Number of frames; segments may name frames beyond it.';
comment on column task.openscope_template.frame_array_id is 'The frames: (frame, row, column), grey levels as stored.';
select store.own_array('task.openscope_template', 'frame_array_id');
select engine.set_tier('task.openscope_template', 'imported');

alter table imaging.plane add column roi_weight_array_id uuid;
comment on column imaging.plane.roi_weight_array_id is
    'Weights of the ROIs'' pixels that roi_mask_array_id was made from: (ROI, row, column), as the file has them; null when not kept.';
select store.own_array('imaging.plane', 'roi_weight_array_id');
alter table imaging.roi add column n_not_finite bigint;
comment on column imaging.roi.n_not_finite is
    'Frames whose dF/F is not a finite number: an ROI with any is a bad one for analyses that remove those; null when not counted.';
comment on column imaging.trace.trace_array_id is
    'float64 or float32 (frames, ROI), as the file has it; columns in the order of imaging.roi, NaN where an ROI has no such trace.';
comment on column task.running_recording.speed_array_id is
    'Speed, as the source filtered it (low-pass in change detection, a median of five in OpenScope): float64 (samples) [cm/s], forward is '
    'positive, NaN where it is not known; null when the source has none.';
comment on column task.running_recording.times_array_id is
    'Times of the samples: float64 (samples) [s, session clock]; in OpenScope those of the stimulus frames.';

grant insert, update, delete on
    task.openscope_session,
    task.stimulus_segment,
    task.frame_map,
    task.pupil_recording,
    task.gabor_patch,
    task.openscope_template
    to trialbase_ingest;
