-- Areas of eye, pupil and corneal reflection, and blinks, from the fitted ellipses. Filled by compute/change_detection/change_eye.
-- Source: spec/change_detection.md, 11.

create table task.change_eye_params (
    params_id text not null,
    description text not null,
    largest_z units.number not null,
    dilation_frames integer not null,
    constraint change_eye_params_pkey primary key (params_id),
    constraint change_eye_params_check check (largest_z > 0 and dilation_frames >= 0)
);
comment on table task.change_eye_params is 'Settings of task.change_eye. One row per set. Change none: add a set.';
comment on column task.change_eye_params.params_id is 'Name of the set; the key.';
comment on column task.change_eye_params.description is 'What the set is for.';
comment on column task.change_eye_params.largest_z is
    'A frame whose eye or pupil area is further from the mean than so many standard deviations is a blink.';
comment on column task.change_eye_params.dilation_frames is 'Frames on each side of a blink that are blinks too.';
select engine.set_tier('task.change_eye_params', 'lookup');

create table task.change_eye (
    session_id uuid not null,
    params_id text not null,
    n_frames integer not null,
    n_blink_frames integer not null,
    n_blinks integer not null,
    n_untracked_frames integer not null,
    blink_fraction units.fraction not null,
    untracked_fraction units.fraction not null,
    mean_eye_area_px2 units.number,
    mean_pupil_area_px2 units.number,
    n_blink_differences integer,
    eye_area_array_id uuid not null,
    pupil_area_array_id uuid not null,
    corneal_reflection_area_array_id uuid not null,
    eye_area_raw_array_id uuid not null,
    pupil_area_raw_array_id uuid not null,
    corneal_reflection_area_raw_array_id uuid not null,
    likely_blink_array_id uuid not null,
    constraint change_eye_pkey primary key (session_id, params_id),
    constraint change_eye_n_check check (
        n_frames > 0 and n_blink_frames between n_blinks and n_frames and n_untracked_frames between 0 and n_frames),
    constraint change_eye_eye_recording_fkey foreign key (session_id) references task.eye_recording on delete cascade,
    constraint change_eye_change_eye_params_fkey foreign key (params_id) references task.change_eye_params on delete cascade
);
create index change_eye_params_idx on task.change_eye (params_id);
comment on table task.change_eye is
    'Areas and blinks of an eye camera''s recording, and how much of it is usable. One row per session with fits of eye, pupil and '
    'corneal reflection and parameter set; frames have the times of task.eye_recording. Computed by change_eye.';
comment on column task.change_eye.session_id is 'The session.';
comment on column task.change_eye.params_id is 'Settings of the search for blinks.';
comment on column task.change_eye.n_frames is 'Frames.';
comment on column task.change_eye.n_blink_frames is 'Frames that are likely blinks.';
comment on column task.change_eye.n_blinks is 'Runs of such frames.';
comment on column task.change_eye.n_untracked_frames is 'Frames without a fit of eye or pupil, of which blinks are the most.';
comment on column task.change_eye.blink_fraction is 'Share of the frames that are likely blinks, 0 to 1.';
comment on column task.change_eye.untracked_fraction is 'Share of the frames without a fit of eye or pupil, 0 to 1.';
comment on column task.change_eye.mean_eye_area_px2 is 'Mean eye area outside blinks [camera pixels squared]; null without such frames.';
comment on column task.change_eye.mean_pupil_area_px2 is
    'Mean pupil area outside blinks [camera pixels squared]; null without such frames.';
comment on column task.change_eye.n_blink_differences is
    'Frames whose blink differs from what the source says; null when it has no blinks of as many frames.';
comment on column task.change_eye.eye_area_array_id is 'pi width height: float64 (frames) [camera pixels squared], NaN in blinks.';
comment on column task.change_eye.pupil_area_array_id is
    'pi times the longer half axis squared: float64 (frames) [camera pixels squared], NaN in blinks.';
comment on column task.change_eye.corneal_reflection_area_array_id is
    'pi width height: float64 (frames) [camera pixels squared], NaN in blinks.';
comment on column task.change_eye.eye_area_raw_array_id is 'The eye''s area in blinks too: float64 (frames) [camera pixels squared].';
comment on column task.change_eye.pupil_area_raw_array_id is 'The pupil''s area in blinks too: float64 (frames) [camera pixels squared].';
comment on column task.change_eye.corneal_reflection_area_raw_array_id is
    'The corneal reflection''s area in blinks too: float64 (frames) [camera pixels squared].';
comment on column task.change_eye.likely_blink_array_id is 'Blinks: uint8 (frames), 1 is a likely blink.';
select store.own_array('task.change_eye', 'eye_area_array_id');
select store.own_array('task.change_eye', 'pupil_area_array_id');
select store.own_array('task.change_eye', 'corneal_reflection_area_array_id');
select store.own_array('task.change_eye', 'eye_area_raw_array_id');
select store.own_array('task.change_eye', 'pupil_area_raw_array_id');
select store.own_array('task.change_eye', 'corneal_reflection_area_raw_array_id');
select store.own_array('task.change_eye', 'likely_blink_array_id');

select engine.register_computed(
    'task.change_eye',
    about => 'Areas and likely blinks from the ellipses of an eye camera.',
    inputs => array[
        engine.input('task.eye_recording', owner => 'session_id', columns => array['file_blink_array_id']),
        engine.input('task.eye_ellipse', owner => 'session_id', columns => array[
            'tracked_object', 'width_array_id', 'height_array_id', 'angle_array_id']),
        engine.input('task.change_eye_params', owner => 'params_id')
    ]);
