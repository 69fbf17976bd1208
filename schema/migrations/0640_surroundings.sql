-- The air at the rig by trial, and what was played to a passive animal after its task. Loaded by ingest.
-- Source: spec/ibl_behavior.md, 1.6 and 11.2.

create table task.ambient_reading (
    session_id uuid not null,
    trial integer not null,
    temperature_c units.number,
    air_pressure_mb units.number,
    relative_humidity_percent units.percent,
    constraint ambient_reading_pkey primary key (session_id, trial),
    constraint ambient_reading_session_fkey foreign key (session_id) references core.session on delete cascade
);
comment on table task.ambient_reading is
    'The air at the rig, read once a trial. One row per session and trial (also of trials that task.choice_trial leaves out), for sessions '
    'whose rig wrote as many readings as there are trials.';
comment on column task.ambient_reading.session_id is 'The session.';
comment on column task.ambient_reading.trial is 'Number of the trial within its session, from 1, as in task.choice_trial.';
comment on column task.ambient_reading.temperature_c is 'Temperature [degrees Celsius]; null when not read.';
comment on column task.ambient_reading.air_pressure_mb is 'Air pressure [mbar]; null when not read.';
comment on column task.ambient_reading.relative_humidity_percent is 'Relative humidity [%]; null when not read.';

create table task.passive_period (
    session_id uuid not null,
    period integer not null,
    kind text not null,
    start_s units.seconds not null,
    stop_s units.seconds not null,
    constraint passive_period_pkey primary key (session_id, period),
    constraint passive_period_session_fkey foreign key (session_id) references core.session on delete cascade
);
comment on table task.passive_period is
    'Periods after the task in which nothing was asked of the animal. One row per session and period.';
comment on column task.passive_period.session_id is 'The session.';
comment on column task.passive_period.period is 'Number of the period within its session, from 1, in file order.';
comment on column task.passive_period.kind is
    'What was done, as the file names it: spontaneousActivity (nothing), RFM (receptive-field mapping), taskReplay (stimuli of the task).';
comment on column task.passive_period.start_s is 'Start [s, session clock].';
comment on column task.passive_period.stop_s is 'End [s, session clock].';

create table task.passive_stimulus (
    session_id uuid not null,
    stimulus integer not null,
    kind text not null,
    start_s units.seconds not null,
    stop_s units.seconds not null,
    position_deg units.number,
    contrast units.fraction,
    phase_rad units.radians,
    constraint passive_stimulus_pkey primary key (session_id, stimulus),
    constraint passive_stimulus_session_fkey foreign key (session_id) references core.session on delete cascade,
    constraint passive_stimulus_kind_check check (kind in ('gabor', 'valve', 'tone', 'noise'))
);
comment on table task.passive_stimulus is
    'Stimuli of the task, played to the animal without asking anything of it. One row per session and stimulus.';
comment on column task.passive_stimulus.session_id is 'The session.';
comment on column task.passive_stimulus.stimulus is 'Number of the stimulus within its session, from 1, in file order, kind by kind.';
comment on column task.passive_stimulus.kind is 'gabor: a grating; valve: the water valve clicks; tone: the go cue; noise: the sound of an error.';
comment on column task.passive_stimulus.start_s is 'Onset [s, session clock].';
comment on column task.passive_stimulus.stop_s is 'End [s, session clock].';
comment on column task.passive_stimulus.position_deg is 'Azimuth of a grating [degrees], negative on the left; null for sounds and the valve.';
comment on column task.passive_stimulus.contrast is 'Contrast of a grating, 0 to 1; null for sounds and the valve.';
comment on column task.passive_stimulus.phase_rad is 'Phase of a grating [rad]; null for sounds and the valve.';

create table task.passive_frame (
    session_id uuid not null,
    frame integer not null,
    time_s units.seconds not null,
    constraint passive_frame_pkey primary key (session_id, frame),
    constraint passive_frame_session_fkey foreign key (session_id) references core.session on delete cascade
);
comment on table task.passive_frame is 'Frames of the receptive-field mapping. One row per session and frame.';
comment on column task.passive_frame.session_id is 'The session.';
comment on column task.passive_frame.frame is 'Number of the frame within its session, from 1.';
comment on column task.passive_frame.time_s is 'Onset of the frame [s, session clock].';

select engine.set_tier(name, 'imported')
from unnest(array['task.ambient_reading', 'task.passive_period', 'task.passive_stimulus', 'task.passive_frame']) as imported (name);
grant insert, update, delete on task.ambient_reading, task.passive_period, task.passive_stimulus, task.passive_frame to trialbase_ingest;
