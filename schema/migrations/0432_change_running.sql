-- Running speed from the voltages of the wheel's encoder. Filled by compute/change_detection/change_running.
-- Source: spec/change_detection.md, 10.

create table task.change_running_params (
    params_id text not null,
    description text not null,
    cutoff_hz units.hertz not null,
    filter_order integer not null,
    rate_hz units.hertz not null,
    largest_z units.number not null,
    constraint change_running_params_pkey primary key (params_id),
    constraint change_running_params_cutoff_hz_check check (cutoff_hz > 0 and cutoff_hz < rate_hz / 2),
    constraint change_running_params_filter_order_check check (filter_order between 1 and 20),
    constraint change_running_params_largest_z_check check (largest_z > 0)
);
comment on table task.change_running_params is 'Settings of task.change_running. One row per set. Change none: add a set.';
comment on column task.change_running_params.params_id is 'Name of the set; the key.';
comment on column task.change_running_params.description is 'What the set is for.';
comment on column task.change_running_params.cutoff_hz is 'Cut-off of the low-pass filter, which runs forwards and backwards [Hz].';
comment on column task.change_running_params.filter_order is 'Order of that Butterworth filter, in one direction.';
comment on column task.change_running_params.rate_hz is 'Samples a second that the filter is made for [Hz].';
comment on column task.change_running_params.largest_z is
    'A speed further from the session''s mean than so many standard deviations is an outlier, and missing.';
select engine.set_tier('task.change_running_params', 'lookup');

create table task.change_running (
    session_id uuid not null,
    params_id text not null,
    n_samples integer not null,
    n_missing integer not null,
    n_wraps integer not null,
    mean_speed_cm_s units.number,
    sd_speed_cm_s units.number,
    max_speed_cm_s units.number,
    is_sign_turned boolean not null,
    is_unfiltered_sign_turned boolean not null,
    largest_difference_cm_s units.number,
    speed_array_id uuid not null,
    speed_unfiltered_array_id uuid not null,
    constraint change_running_pkey primary key (session_id, params_id),
    constraint change_running_n_check check (n_samples > 0 and n_missing between 0 and n_samples and n_wraps >= 0),
    constraint change_running_running_recording_fkey foreign key (session_id) references task.running_recording on delete cascade,
    constraint change_running_change_running_params_fkey foreign key (params_id)
        references task.change_running_params on delete cascade
);
create index change_running_params_idx on task.change_running (params_id);
comment on table task.change_running is
    'Running speed computed from the encoder''s voltages. One row per session with both voltages and parameter set; its samples have '
    'the times of task.running_recording. Computed by change_running.';
comment on column task.change_running.session_id is 'The session.';
comment on column task.change_running.params_id is 'Settings of the filter.';
comment on column task.change_running.n_samples is 'Samples.';
comment on column task.change_running.n_missing is 'Samples whose speed could not be told before the filter; they count as 0 in it.';
comment on column task.change_running.n_wraps is 'How often the encoder went past its end, in either direction.';
comment on column task.change_running.mean_speed_cm_s is
    'Mean of the filtered speed [cm/s]; null, as the next two, when the recording is too short to filter.';
comment on column task.change_running.sd_speed_cm_s is 'Standard deviation of the filtered speed over its samples [cm/s].';
comment on column task.change_running.max_speed_cm_s is 'Largest filtered speed [cm/s].';
comment on column task.change_running.is_sign_turned is
    'Whether all signs of the filtered speed were turned, because its mean was below -1 cm/s.';
comment on column task.change_running.is_unfiltered_sign_turned is 'The same of the speed before the filter.';
comment on column task.change_running.largest_difference_cm_s is
    'Largest difference to the filtered speed that the source came with [cm/s]; null when it has none of this length.';
comment on column task.change_running.speed_array_id is 'Filtered speed: float64 (samples) [cm/s], forward is positive.';
comment on column task.change_running.speed_unfiltered_array_id is
    'Speed before the filter: float64 (samples) [cm/s], NaN where it could not be told.';
select store.own_array('task.change_running', 'speed_array_id');
select store.own_array('task.change_running', 'speed_unfiltered_array_id');

select engine.register_computed(
    'task.change_running',
    about => 'Running speed from encoder voltages, unfiltered and filtered.',
    inputs => array[
        engine.input('task.running_recording', owner => 'session_id', columns => array[
            'times_array_id', 'speed_array_id', 'signal_voltage_array_id', 'supply_voltage_array_id']),
        engine.input('task.change_running_params', owner => 'params_id')
    ]);
