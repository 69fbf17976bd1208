-- Running and pupil in blocks of regular and unexpected Gabor sequences. Filled by compute/imaging/openscope/sequence_block_set.
-- Source: spec/openscope.md, 4 "Running" and 8.9.

create table task.sequence_block_params (
    sequence_block_params_id text not null,
    description text not null,
    gabor_frame smallint not null,
    gabor_kappa units.number,
    pre_s units.seconds not null,
    post_s units.seconds not null,
    constraint sequence_block_params_pkey primary key (sequence_block_params_id),
    constraint sequence_block_params_gabor_frame_check check (gabor_frame between 0 and 4),
    constraint sequence_block_params_window_check check (pre_s >= 0 and post_s > 0)
);
comment on table task.sequence_block_params is 'Settings of task.sequence_block_set. One row per setting.';
comment on column task.sequence_block_params.sequence_block_params_id is 'Name of the setting.';
comment on column task.sequence_block_params.description is 'What it is for.';
comment on column task.sequence_block_params.gabor_frame is 'Frame of the sequence at whose start the window lies: 0 to 4 are A, B, C, D with U in its place, G.';
comment on column task.sequence_block_params.gabor_kappa is 'Dispersion of orientations that segments must have; null for any.';
comment on column task.sequence_block_params.pre_s is 'Seconds of the window before that start [s].';
comment on column task.sequence_block_params.post_s is 'Seconds of the window after it [s].';
select engine.set_tier('task.sequence_block_params', 'lookup');

create table task.sequence_block_set (
    session_id uuid not null,
    sequence_block_params_id text not null,
    n_blocks integer not null,
    has_pupil boolean not null,
    running_missing_fraction units.fraction,
    constraint sequence_block_set_pkey primary key (session_id, sequence_block_params_id),
    constraint sequence_block_set_n_blocks_check check (n_blocks >= 0),
    constraint sequence_block_set_openscope_session_fkey foreign key (session_id)
        references task.openscope_session on delete cascade,
    constraint sequence_block_set_sequence_block_params_fkey foreign key (sequence_block_params_id)
        references task.sequence_block_params on delete cascade
);
create index sequence_block_set_params_idx on task.sequence_block_set (sequence_block_params_id);
comment on table task.sequence_block_set is
    'Running and pupil around regular and unexpected Gabor sequences, in blocks: a regular stretch and the unexpected one after it; the last '
    'pair of a session is left out, as published. One row per OpenScope session and setting. Computed by sequence_block_set.';
comment on column task.sequence_block_set.session_id is 'The session.';
comment on column task.sequence_block_set.sequence_block_params_id is 'The setting.';
comment on column task.sequence_block_set.n_blocks is 'Blocks.';
comment on column task.sequence_block_set.has_pupil is 'Whether the pupil was followed.';
comment on column task.sequence_block_set.running_missing_fraction is
    'Share of the running samples that are missing once jumps of the sensor are taken out, 0 to 1; above 0.0003 deserves a look.';

create table task.sequence_block (
    session_id uuid not null,
    sequence_block_params_id text not null,
    measure text not null,
    block integer not null,
    regular_mean units.number,
    unexpected_mean units.number,
    difference units.number,
    constraint sequence_block_pkey primary key (session_id, sequence_block_params_id, measure, block),
    constraint sequence_block_measure_check check (measure in ('running', 'pupil')),
    constraint sequence_block_block_check check (block >= 1),
    constraint sequence_block_sequence_block_set_fkey foreign key (session_id, sequence_block_params_id)
        references task.sequence_block_set on delete cascade
);
comment on table task.sequence_block is
    'Means in a block''s regular and unexpected stretch. One row per setting, measure and block. Part of task.sequence_block_set.';
comment on column task.sequence_block.session_id is 'The session.';
comment on column task.sequence_block.sequence_block_params_id is 'The setting.';
comment on column task.sequence_block.measure is 'running: speed without jumps [cm/s]. pupil: diameter [mm].';
comment on column task.sequence_block.block is 'Number, from 1, in the order of the session.';
comment on column task.sequence_block.regular_mean is
    'Mean over the regular sequences of the mean over their windows, missing samples left out [cm/s, mm]; null where all are missing.';
comment on column task.sequence_block.unexpected_mean is 'The same of the unexpected ones.';
comment on column task.sequence_block.difference is 'Unexpected less regular.';

select engine.register_computed(
    'task.sequence_block_set',
    about => 'Running and pupil in blocks of regular and unexpected Gabor sequences.',
    parts => array['task.sequence_block'],
    inputs => array[
        engine.input('task.openscope_session', owner => 'session_id', columns => array['n_stim_frames', 'n_twop_frames']),
        engine.input('task.stimulus_segment', owner => 'session_id'),
        engine.input('task.running_recording', owner => 'session_id', columns => array['speed_array_id']),
        engine.input('task.pupil_recording', owner => 'session_id', columns => array['diameter_array_id']),
        engine.input('task.sequence_block_params', owner => 'sequence_block_params_id')
    ]);
