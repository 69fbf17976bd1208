-- Names that photometry metadata are judged by, and sessions that analyses leave out.
-- Source: spec/photometry.md, 2, 3 and 11. The rows of the lookups are in schema/contents.

create table photometry.neuromodulator (
    neuromodulator text not null,
    position integer not null,
    description text not null,
    constraint neuromodulator_pkey primary key (neuromodulator)
);
comment on table photometry.neuromodulator is 'Neuromodulators that sensors or indicators are read for. One row per neuromodulator.';
comment on column photometry.neuromodulator.neuromodulator is 'Short name (DA); the key.';
comment on column photometry.neuromodulator.position is 'Place in tables and figures, from 1.';
comment on column photometry.neuromodulator.description is 'Full name.';

create table photometry.target (
    target text not null,
    position integer not null,
    neuromodulator text not null,
    target_nm text generated always as (target || '-' || neuromodulator) stored,
    is_analysed boolean not null,
    description text not null,
    constraint target_pkey primary key (target),
    constraint target_neuromodulator_fkey foreign key (neuromodulator)
        references photometry.neuromodulator on delete restrict
);
create index target_neuromodulator_idx on photometry.target (neuromodulator);
comment on table photometry.target is 'Brain regions that fibres aim at, with the neuromodulator of their cells. One row per region.';
comment on column photometry.target.target is 'Region without side (VTA); the key.';
comment on column photometry.target.position is 'Place in tables and figures, from 1.';
comment on column photometry.target.neuromodulator is 'Neuromodulator that the region''s labelled cells release.';
comment on column photometry.target.target_nm is 'Label of region and neuromodulator (VTA-DA).';
comment on column photometry.target.is_analysed is 'Whether analyses take the target unless told otherwise.';
comment on column photometry.target.description is 'Full name of the region.';

create table photometry.region_rename (
    wrong_name text not null,
    brain_region text not null,
    constraint region_rename_pkey primary key (wrong_name)
);
comment on table photometry.region_rename is 'Names of regions that the catalogue corrects, without side. One row per wrong name.';
comment on column photometry.region_rename.wrong_name is 'Name as sources write it (DRN).';
comment on column photometry.region_rename.brain_region is 'Name that it stands for (DR).';

create table photometry.strain_rule (
    strain text not null,
    is_valid boolean not null,
    neuromodulator text,
    constraint strain_rule_pkey primary key (strain),
    constraint strain_rule_neuromodulator_fkey foreign key (neuromodulator)
        references photometry.neuromodulator on delete restrict
);
create index strain_rule_neuromodulator_idx on photometry.strain_rule (neuromodulator);
comment on table photometry.strain_rule is 'Strains that photometry metadata may name. One row per strain.';
comment on column photometry.strain_rule.strain is 'Name of the strain, as the colony database writes it.';
comment on column photometry.strain_rule.is_valid is 'False: sessions of such a subject get an InvalidStrain error.';
comment on column photometry.strain_rule.neuromodulator is 'Neuromodulator that the strain tells; null when it tells none.';

create table photometry.line_rule (
    line text not null,
    is_valid boolean not null,
    neuromodulator text,
    constraint line_rule_pkey primary key (line),
    constraint line_rule_neuromodulator_fkey foreign key (neuromodulator)
        references photometry.neuromodulator on delete restrict
);
create index line_rule_neuromodulator_idx on photometry.line_rule (neuromodulator);
comment on table photometry.line_rule is 'Breeding lines that photometry metadata may name. One row per line.';
comment on column photometry.line_rule.line is 'Name of the line, as the colony database writes it.';
comment on column photometry.line_rule.is_valid is 'False: sessions of such a subject get an InvalidLine error.';
comment on column photometry.line_rule.neuromodulator is
    'Neuromodulator that the line tells, where the strain tells none; null when it tells none either.';

create table photometry.session_type (
    session_type text not null,
    position integer not null,
    protocol_text text not null,
    is_analysed boolean not null,
    min_fraction_correct units.fraction,
    constraint session_type_pkey primary key (session_type),
    constraint session_type_protocol_text_key unique (protocol_text)
);
comment on table photometry.session_type is 'Kinds of session, as protocols name them. One row per kind.';
comment on column photometry.session_type.session_type is 'Name of the kind (biased); the key.';
comment on column photometry.session_type.position is 'Place in tables and figures, from 1.';
comment on column photometry.session_type.protocol_text is 'Text that a protocol of this kind contains, case-sensitive.';
comment on column photometry.session_type.is_analysed is 'Whether analyses take such sessions unless told otherwise.';
comment on column photometry.session_type.min_fraction_correct is
    'Least share correct that a session of this kind must reach to be analysed, 0 to 1; null asks for none.';

create table photometry.protocol_red_flag (
    flag text not null,
    description text not null,
    constraint protocol_red_flag_pkey primary key (flag)
);
comment on table photometry.protocol_red_flag is
    'Texts that make a protocol''s session type invalid, case-sensitive. One row per text.';
comment on column photometry.protocol_red_flag.flag is 'The text.';
comment on column photometry.protocol_red_flag.description is 'What it stands for.';

create table photometry.dataset_path (
    path text not null,
    category text not null,
    category_position integer not null,
    constraint dataset_path_pkey primary key (path)
);
comment on table photometry.dataset_path is
    'Files that a photometry session should list. A category is there when any of its paths is. One row per path.';
comment on column photometry.dataset_path.path is 'Collection and name of the file, without revision.';
comment on column photometry.dataset_path.category is 'What it holds (raw_task).';
comment on column photometry.dataset_path.category_position is 'Place of the category in messages, from 1.';

create table photometry.required_contrast (
    contrast_percent units.percent not null,
    constraint required_contrast_pkey primary key (contrast_percent)
);
comment on table photometry.required_contrast is
    'Contrasts that an analysed session shows, these and no others. One row per contrast.';
comment on column photometry.required_contrast.contrast_percent is 'Contrast of either side [%].';

create table photometry.error_type (
    error_type text not null,
    stage text not null,
    is_fatal boolean not null,
    is_blocker boolean not null,
    spoils_duplicate boolean not null,
    description text not null,
    constraint error_type_pkey primary key (error_type),
    constraint error_type_stage_check check (stage in ('metadata', 'photometry', 'task', 'wheel', 'pose', 'catalogue'))
);
comment on table photometry.error_type is 'Kinds of error of photometry sessions. One row per kind.';
comment on column photometry.error_type.error_type is 'Name of the kind (InsufficientTrials), as error logs write it.';
comment on column photometry.error_type.stage is
    'Where it arises: metadata, photometry, task, wheel, pose, or catalogue (across sessions).';
comment on column photometry.error_type.is_fatal is 'Whether the stage ends there for the session.';
comment on column photometry.error_type.is_blocker is 'Whether analyses leave out sessions with such an error unless told otherwise.';
comment on column photometry.error_type.spoils_duplicate is
    'Whether a session with such an error steps back behind another session of the same subject and day.';
comment on column photometry.error_type.description is 'What is wrong.';

create table photometry.excluded_subject (
    nickname text not null,
    reason text not null,
    constraint excluded_subject_pkey primary key (nickname)
);
comment on table photometry.excluded_subject is
    'Subjects that every site leaves out, by name, shipped with the program; a site''s own are in core.exclusion. One row per name.';
comment on column photometry.excluded_subject.nickname is 'Name of the subject within its lab.';
comment on column photometry.excluded_subject.reason is 'Why it is left out.';

create table photometry.excluded_session (
    session_id uuid not null,
    reason text not null,
    constraint excluded_session_pkey primary key (session_id)
);
comment on table photometry.excluded_session is
    'Sessions that every site leaves out, shipped with the program; a site''s own are in core.exclusion. One row per session, '
    'which need not be in this database.';
comment on column photometry.excluded_session.session_id is 'Key of the session; no foreign key, as it may not exist here.';
comment on column photometry.excluded_session.reason is 'Why it is left out.';

select engine.set_tier(table_name, 'lookup')
from unnest(array[
    'photometry.neuromodulator', 'photometry.target', 'photometry.region_rename', 'photometry.strain_rule',
    'photometry.line_rule', 'photometry.session_type', 'photometry.protocol_red_flag', 'photometry.dataset_path',
    'photometry.required_contrast', 'photometry.error_type', 'photometry.excluded_subject', 'photometry.excluded_session'
]) as lookup (table_name);

-- The lookups are no part of any key. So that results follow them all the same, every change of one counts up a row per
-- subject, which the catalogue declares as its input.

create table photometry.rules_revision (
    subject_id uuid not null,
    revision bigint not null,
    constraint rules_revision_pkey primary key (subject_id),
    constraint rules_revision_subject_fkey foreign key (subject_id) references core.subject on delete cascade
);
comment on table photometry.rules_revision is
    'Changes of the lookups that metadata are judged by, since each subject came. Kept by triggers. One row per subject; none: no change.';
comment on column photometry.rules_revision.subject_id is 'The subject.';
comment on column photometry.rules_revision.revision is 'Number of changes.';
select engine.set_tier('photometry.rules_revision', 'manual');

create function photometry.count_rules_change() returns void
language sql as $$
    insert into photometry.rules_revision as revised (subject_id, revision)
    select subject_id, 1 from core.subject order by subject_id
    on conflict (subject_id) do update set revision = revised.revision + 1
$$;
comment on function photometry.count_rules_change() is
    'Counts a change of a lookup that metadata are judged by, for every subject.';

create function photometry.note_new_rules() returns trigger
language plpgsql as $$
begin
    if exists (select from new_row) then
        perform photometry.count_rules_change();
    end if;
    return null;
end
$$;
comment on function photometry.note_new_rules() is 'Trigger: counts a change when rows were added to a lookup.';

create function photometry.note_changed_rules() returns trigger
language plpgsql as $$
begin
    -- The shipped rows are written again by every migrate, most of them as they were.
    if exists ((table new_row except table old_row) union all (table old_row except table new_row)) then
        perform photometry.count_rules_change();
    end if;
    return null;
end
$$;
comment on function photometry.note_changed_rules() is 'Trigger: counts a change when rows of a lookup were changed.';

create function photometry.note_removed_rules() returns trigger
language plpgsql as $$
begin
    if exists (select from old_row) then
        perform photometry.count_rules_change();
    end if;
    return null;
end
$$;
comment on function photometry.note_removed_rules() is 'Trigger: counts a change when rows were removed from a lookup.';

do $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'neuromodulator', 'target', 'region_rename', 'strain_rule', 'line_rule', 'session_type', 'protocol_red_flag',
        'dataset_path', 'excluded_subject'
    ] loop
        execute format(
            'create trigger rules_added after insert on photometry.%I referencing new table as new_row '
            'for each statement execute function photometry.note_new_rules()', v_table);
        execute format(
            'create trigger rules_changed after update on photometry.%I referencing old table as old_row new table as new_row '
            'for each statement execute function photometry.note_changed_rules()', v_table);
        execute format(
            'create trigger rules_removed after delete on photometry.%I referencing old table as old_row '
            'for each statement execute function photometry.note_removed_rules()', v_table);
    end loop;
end
$$;

-- What an operator leaves out of analyses by hand ----------------------------------------------------------

create table core.exclusion (
    exclusion_id uuid not null default gen_random_uuid(),
    subject_id uuid,
    session_id uuid,
    fiber_idx integer,
    reason text not null,
    added_by text not null,
    added_at timestamptz not null default now(),
    lifted_by text,
    lifted_at timestamptz,
    lift_reason text,
    constraint exclusion_pkey primary key (exclusion_id),
    constraint exclusion_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint exclusion_session_fkey foreign key (session_id) references core.session on delete restrict,
    constraint exclusion_what_check check (
        num_nonnulls(subject_id, session_id) = 1 and (fiber_idx is null or session_id is not null)
    ),
    constraint exclusion_fiber_idx_check check (fiber_idx >= 0),
    constraint exclusion_reason_check check (reason <> ''),
    constraint exclusion_added_by_check check (added_by <> ''),
    constraint exclusion_lifted_check check (
        num_nonnulls(lifted_by, lifted_at) in (0, 2) and (lift_reason is null or lifted_at is not null)
    ),
    constraint exclusion_lifted_at_check check (lifted_at >= added_at)
);
create unique index exclusion_current_idx on core.exclusion (subject_id, session_id, fiber_idx) nulls not distinct
    where lifted_at is null;
create index exclusion_subject_idx on core.exclusion (subject_id);
create index exclusion_session_idx on core.exclusion (session_id);
comment on table core.exclusion is
    'Subjects, sessions and recordings that a person took out of analyses, and took back in. Nothing is deleted or computed anew. '
    'One row per exclusion; at most one at a time of the same thing.';
comment on column core.exclusion.exclusion_id is 'Key of the exclusion.';
comment on column core.exclusion.subject_id is 'The subject, with all its sessions; else null.';
comment on column core.exclusion.session_id is 'The session; null for a whole subject.';
comment on column core.exclusion.fiber_idx is 'The recording: number of the fibre within its session, from 0; null for all of them.';
comment on column core.exclusion.reason is 'Why.';
comment on column core.exclusion.added_by is 'Who took it out.';
comment on column core.exclusion.added_at is 'When.';
comment on column core.exclusion.lifted_by is 'Who took it back in; null while it is out.';
comment on column core.exclusion.lifted_at is 'When; null while it is out.';
comment on column core.exclusion.lift_reason is 'Why it was taken back in; may be null.';
select engine.set_tier('core.exclusion', 'manual');
