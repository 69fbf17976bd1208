-- Care of subjects day by day: what each should weigh and drink. Filled by compute/care/water_control.
-- Source: spec/ibl_behavior.md, 6.

create table core.reference_weight (
    sex text not null,
    age_weeks integer not null,
    mean_g units.grams not null,
    sd_g units.grams not null,
    constraint reference_weight_pkey primary key (sex, age_weeks),
    constraint reference_weight_sex_check check (sex in ('M', 'F')),
    constraint reference_weight_age_weeks_check check (age_weeks >= 0),
    constraint reference_weight_sd_g_check check (sd_g > 0)
);
comment on table core.reference_weight is
    'Body weight of mice by age. One row per sex and week of age. Loaded by trialbase reference-weights from files of the colony database.';
comment on column core.reference_weight.sex is 'M male; F for all others.';
comment on column core.reference_weight.age_weeks is 'Age in whole weeks.';
comment on column core.reference_weight.mean_g is 'Mean weight [g].';
comment on column core.reference_weight.sd_g is 'Standard deviation over mice [g].';
select engine.set_tier('core.reference_weight', 'manual');

-- Neither weights by age nor what a lab expects are part of a subject's key. So that results follow them all the same, every
-- change counts up a row per subject, which the computed table declares as its input.
create table core.care_revision (
    subject_id uuid not null,
    revision bigint not null,
    constraint care_revision_pkey primary key (subject_id),
    constraint care_revision_subject_fkey foreign key (subject_id) references core.subject on delete cascade
);
comment on table core.care_revision is
    'Changes of what a subject''s care is judged by, since it came: reference weights, and its lab''s rules and time zone. Kept by triggers. '
    'One row per subject; none: no change.';
comment on column core.care_revision.subject_id is 'The subject.';
comment on column core.care_revision.revision is 'Number of changes.';
select engine.set_tier('core.care_revision', 'manual');

create function core.count_care_change() returns void
language sql as $$
    insert into core.care_revision as revised (subject_id, revision)
    select subject_id, 1 from core.subject order by subject_id
    on conflict (subject_id) do update set revision = revised.revision + 1
$$;
comment on function core.count_care_change() is 'Counts a change of the reference weights, for every subject.';

create function core.note_added_reference_weights() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from new_row) then
        perform core.count_care_change();
    end if;
    return null;
end
$$;
comment on function core.note_added_reference_weights() is 'Trigger: counts a change when reference weights are added.';
create function core.note_removed_reference_weights() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from old_row) then
        perform core.count_care_change();
    end if;
    return null;
end
$$;
comment on function core.note_removed_reference_weights() is 'Trigger: counts a change when reference weights are taken away.';
create function core.note_changed_reference_weights() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists ((table new_row except table old_row) union all (table old_row except table new_row)) then
        perform core.count_care_change();
    end if;
    return null;
end
$$;
comment on function core.note_changed_reference_weights() is 'Trigger: counts a change when the reference weights are not what they were.';
create trigger reference_weight_added after insert on core.reference_weight referencing new table as new_row
for each statement execute function core.note_added_reference_weights();
create trigger reference_weight_changed after update on core.reference_weight referencing old table as old_row new table as new_row
for each statement execute function core.note_changed_reference_weights();
create trigger reference_weight_removed after delete on core.reference_weight referencing old table as old_row
for each statement execute function core.note_removed_reference_weights();

create function core.note_changed_care_rules() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into core.care_revision as revised (subject_id, revision)
    select s.subject_id, 1
    from old_row as o
    join new_row as n using (lab_name)
    join core.subject as s using (lab_name)
    where (n.time_zone, n.reference_weight_fraction, n.zscore_weight_fraction)
        is distinct from (o.time_zone, o.reference_weight_fraction, o.zscore_weight_fraction)
    order by s.subject_id
    on conflict (subject_id) do update set revision = revised.revision + 1;
    return null;
end
$$;
comment on function core.note_changed_care_rules() is
    'Trigger: a lab''s changed rules of weight or time zone count as a change for its subjects.';
create trigger care_rules_changed after update on core.lab referencing old table as old_row new table as new_row
for each statement execute function core.note_changed_care_rules();

create table task.water_control (
    subject_id uuid not null,
    n_days integer not null,
    first_date date not null,
    last_date date not null,
    reference_weight_fraction units.fraction,
    zscore_weight_fraction units.fraction,
    n_reference_ages integer not null,
    constraint water_control_pkey primary key (subject_id),
    constraint water_control_subject_fkey foreign key (subject_id) references core.subject on delete cascade
);
comment on table task.water_control is
    'What a subject''s care was judged by. One row per subject with weighings or water. Computed by water_control.';
comment on column task.water_control.subject_id is 'The subject.';
comment on column task.water_control.n_days is 'Days in task.water_control_day.';
comment on column task.water_control.first_date is 'Date of the first weighing or water, by the lab''s clock.';
comment on column task.water_control.last_date is 'Date of the last weighing, water, or start or end of a restriction.';
comment on column task.water_control.reference_weight_fraction is
    'How much the reference weighing counted, 0 to 1; null when the lab does not say.';
comment on column task.water_control.zscore_weight_fraction is
    'How much the weight at the same z-score of its age counted, 0 to 1; null when the lab does not say.';
comment on column task.water_control.n_reference_ages is 'Weeks of age that reference weights were known for.';

create table task.water_control_day (
    subject_id uuid not null,
    date date not null,
    weight_g units.grams,
    weighing_g units.grams,
    implant_weight_g units.grams not null,
    is_water_restricted boolean not null,
    reference_weight_g units.number,
    zscore_weight_g units.number,
    expected_weight_g units.number,
    min_weight_g units.number,
    weight_percent units.percent,
    weight_status text,
    reward_ml units.millilitres not null,
    supplement_ml units.millilitres not null,
    given_water_ml units.millilitres not null,
    expected_water_ml units.number,
    excess_water_ml units.number,
    constraint water_control_day_pkey primary key (subject_id, date),
    constraint water_control_day_weight_status_check check (weight_status in ('good', 'close', 'below')),
    constraint water_control_day_water_control_fkey foreign key (subject_id) references task.water_control on delete cascade
);
comment on table task.water_control_day is
    'Weight and water of a subject at the end of a day (23:59). One row per subject and date by the lab''s clock. Part of task.water_control.';
comment on column task.water_control_day.subject_id is 'The subject.';
comment on column task.water_control_day.date is 'The date.';
comment on column task.water_control_day.weight_g is 'Last weight by then, implant included [g]; null before the first weighing.';
comment on column task.water_control_day.weighing_g is 'The same if it was weighed that very day [g], else null.';
comment on column task.water_control_day.implant_weight_g is 'Weight of the implant [g]; 0 without one.';
comment on column task.water_control_day.is_water_restricted is 'Whether water was restricted.';
comment on column task.water_control_day.reference_weight_g is
    'Weight at the start of the restriction without implant [g]: as noted with it, else of the last weighing by then; null without restriction.';
comment on column task.water_control_day.zscore_weight_g is
    'Weight without implant that has the same z-score at the age of the date as the reference had at its age [g]; null without reference, '
    'birth date or reference weights.';
comment on column task.water_control_day.expected_weight_g is
    'Mean of reference and z-score weight as the lab weighs them, with implant [g]; null without either.';
comment on column task.water_control_day.min_weight_g is 'Least weight that the lab allows, with implant [g]; null as expected_weight_g.';
comment on column task.water_control_day.weight_percent is
    'Weight relative to the expected weight, both without implant [% of the expected weight]; null without either.';
comment on column task.water_control_day.weight_status is
    'good; close: less than 2 % above the least; below: less than it; null as weight_percent.';
comment on column task.water_control_day.reward_ml is 'Water earned in sessions that day [mL]; volumes not measured are left out.';
comment on column task.water_control_day.supplement_ml is 'Other water given that day [mL].';
comment on column task.water_control_day.given_water_ml is 'Sum of both [mL].';
comment on column task.water_control_day.expected_water_ml is
    'Water that the subject should have [mL]: 5 % of its weight without implant below the least weight, else 4 %; null without a weight.';
comment on column task.water_control_day.excess_water_ml is 'Given less expected water [mL]; negative when it still lacks some.';

select engine.register_computed(
    'task.water_control',
    about => 'Weight and water of a subject day by day, and what it should weigh and drink.',
    parts => array['task.water_control_day'],
    inputs => array[
        engine.input('core.subject', owner => 'subject_id', columns => array['sex', 'birth_date', 'lab_name']),
        engine.input('core.weighing', owner => 'subject_id', columns => array['weighed_at', 'weight_g']),
        engine.input('core.water_administration', owner => 'subject_id', columns => array['administered_at', 'volume_ml', 'session_id']),
        engine.input('core.water_restriction', owner => 'subject_id', columns => array['start_time', 'end_time', 'reference_weight_g']),
        engine.input('core.implant', owner => 'subject_id', columns => array['implanted_on', 'implant_weight_g']),
        engine.input('core.care_revision', owner => 'subject_id')
    ]);
