-- What the colony database (Alyx) tells and 0010, 0011 and 0020 did not hold: breeding pairs, housing, other actions,
-- injections, severities, kinds of quality control, kinds and repositories of data.
-- Source: spec/ibl_behavior.md, 1.1 to 1.5 and 1.8; schema/IBL.md has the names side by side.

-- Animals -------------------------------------------------------------------------------------------------

create table core.severity (
    severity smallint not null,
    label text not null,
    constraint severity_pkey primary key (severity),
    constraint severity_label_key unique (label)
);
comment on table core.severity is 'Degrees of severity that a procedure had for a subject. One row per degree.';
comment on column core.severity.severity is 'Number of the degree, as the colony database has it; the key.';
comment on column core.severity.label is 'What it is called; the empty text for 0, not judged.';
select engine.set_tier('core.severity', 'lookup');

create table core.breeding_pair (
    breeding_pair_name text not null,
    breeding_pair_id uuid,
    line_name text,
    description text,
    start_date date,
    end_date date,
    father_id uuid,
    first_mother_id uuid,
    second_mother_id uuid,
    constraint breeding_pair_pkey primary key (breeding_pair_name),
    constraint breeding_pair_breeding_pair_id_key unique (breeding_pair_id),
    constraint breeding_pair_line_fkey foreign key (line_name) references core.line on delete restrict,
    constraint breeding_pair_father_fkey foreign key (father_id) references core.subject on delete restrict,
    constraint breeding_pair_first_mother_fkey foreign key (first_mother_id)
        references core.subject on delete restrict,
    constraint breeding_pair_second_mother_fkey foreign key (second_mother_id)
        references core.subject on delete restrict
);
create index breeding_pair_line_idx on core.breeding_pair (line_name);
create index breeding_pair_father_idx on core.breeding_pair (father_id);
create index breeding_pair_first_mother_idx on core.breeding_pair (first_mother_id);
create index breeding_pair_second_mother_idx on core.breeding_pair (second_mother_id);
comment on table core.breeding_pair is 'Pairs (and trios) that litters come from. One row per pair.';
comment on column core.breeding_pair.breeding_pair_name is 'Name of the pair; the key.';
comment on column core.breeding_pair.breeding_pair_id is 'UUID of the pair in the colony database.';
comment on column core.breeding_pair.line_name is 'Line that it breeds.';
comment on column core.breeding_pair.description is 'Remarks on the pair.';
comment on column core.breeding_pair.start_date is 'Day on which they were put together.';
comment on column core.breeding_pair.end_date is 'Day on which they were parted; null while they are together.';
comment on column core.breeding_pair.father_id is 'The father; null when he is no subject that is known.';
comment on column core.breeding_pair.first_mother_id is 'The mother; null when she is no subject that is known.';
comment on column core.breeding_pair.second_mother_id is 'The second mother of a trio.';
select engine.set_tier('core.breeding_pair', 'manual');

insert into core.breeding_pair (breeding_pair_name)
select distinct breeding_pair_name from core.litter where breeding_pair_name is not null;
alter table core.litter add constraint litter_breeding_pair_fkey foreign key (breeding_pair_name)
    references core.breeding_pair on delete restrict;
create index litter_breeding_pair_idx on core.litter (breeding_pair_name);

alter table core.subject add column cull_method text;
alter table core.subject add column implant_weight_g units.grams;
alter table core.subject add column adverse_effects text;
alter table core.subject add column actual_severity smallint;
alter table core.subject add constraint subject_severity_fkey foreign key (actual_severity)
    references core.severity on delete restrict;
create index subject_severity_idx on core.subject (actual_severity);
comment on column core.subject.cull_method is
    'How the subject was put to death, as its own entry tells it; core.cull has the entry about the death itself.';
comment on column core.subject.implant_weight_g is
    'Weight of the implant [g] as the subject''s own entry tells it, without a day; core.implant has weights by day.';
comment on column core.subject.adverse_effects is 'Effects on the subject that were not wanted.';
comment on column core.subject.actual_severity is 'How severe the procedures were for the subject; see core.severity.';

alter table core.allele add column allele_source text;
comment on column core.allele.allele_source is 'Where the allele comes from, in words; source_name has the source that is known.';

-- Housing -------------------------------------------------------------------------------------------------

create table core.food (
    food_name text not null,
    food_id uuid,
    description text,
    constraint food_pkey primary key (food_name)
);
create index food_food_id_idx on core.food (food_id);
comment on table core.food is 'Kinds of food that cages are given. One row per kind.';
comment on column core.food.food_name is 'Name of the food; the key.';
comment on column core.food.food_id is 'UUID of the food in the colony database.';
comment on column core.food.description is 'Remarks on the food.';
select engine.set_tier('core.food', 'lookup');

create table core.cage_type (
    cage_type_name text not null,
    cage_type_id uuid,
    description text,
    constraint cage_type_pkey primary key (cage_type_name)
);
create index cage_type_cage_type_id_idx on core.cage_type (cage_type_id);
comment on table core.cage_type is 'Kinds of cage. One row per kind.';
comment on column core.cage_type.cage_type_name is 'Name of the kind; the key.';
comment on column core.cage_type.cage_type_id is 'UUID of the kind in the colony database.';
comment on column core.cage_type.description is 'Remarks on the kind.';
select engine.set_tier('core.cage_type', 'lookup');

create table core.enrichment (
    enrichment_name text not null,
    enrichment_id uuid,
    description text,
    constraint enrichment_pkey primary key (enrichment_name)
);
create index enrichment_enrichment_id_idx on core.enrichment (enrichment_id);
comment on table core.enrichment is 'Ways in which cages are enriched. One row per way.';
comment on column core.enrichment.enrichment_name is 'Name of the enrichment; the key.';
comment on column core.enrichment.enrichment_id is 'UUID of the enrichment in the colony database.';
comment on column core.enrichment.description is 'Remarks on the enrichment.';
select engine.set_tier('core.enrichment', 'lookup');

create table core.housing (
    housing_id uuid not null,
    cage_name text,
    food_name text,
    cage_type_name text,
    enrichment_name text,
    cleaning_interval_days integer,
    light_cycle smallint,
    constraint housing_pkey primary key (housing_id),
    constraint housing_light_cycle_check check (light_cycle in (0, 1)),
    constraint housing_cleaning_interval_days_check check (cleaning_interval_days >= 0),
    constraint housing_food_fkey foreign key (food_name) references core.food on delete restrict,
    constraint housing_cage_type_fkey foreign key (cage_type_name) references core.cage_type on delete restrict,
    constraint housing_enrichment_fkey foreign key (enrichment_name) references core.enrichment on delete restrict
);
create index housing_food_idx on core.housing (food_name);
create index housing_cage_type_idx on core.housing (cage_type_name);
create index housing_enrichment_idx on core.housing (enrichment_name);
comment on table core.housing is 'Conditions in which a cage is kept. One row per cage and set of conditions.';
comment on column core.housing.housing_id is 'UUID of the entry in the colony database; the key.';
comment on column core.housing.cage_name is 'Name of the cage.';
comment on column core.housing.food_name is 'Food.';
comment on column core.housing.cage_type_name is 'Kind of cage.';
comment on column core.housing.enrichment_name is 'Enrichment.';
comment on column core.housing.cleaning_interval_days is 'Days from one cleaning to the next.';
comment on column core.housing.light_cycle is '0 normal, 1 inverted; null when not recorded.';
select engine.set_tier('core.housing', 'manual');

create table core.subject_housing (
    subject_housing_id uuid not null,
    subject_id uuid not null,
    housing_id uuid not null,
    start_time timestamptz,
    end_time timestamptz,
    constraint subject_housing_pkey primary key (subject_housing_id),
    constraint subject_housing_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint subject_housing_housing_fkey foreign key (housing_id) references core.housing on delete restrict
);
create index subject_housing_subject_idx on core.subject_housing (subject_id, start_time);
create index subject_housing_housing_idx on core.subject_housing (housing_id);
comment on table core.subject_housing is 'When a subject was kept in which conditions. One row per subject and stay.';
comment on column core.subject_housing.subject_housing_id is 'UUID of the stay in the colony database; the key.';
comment on column core.subject_housing.subject_id is 'The subject.';
comment on column core.subject_housing.housing_id is 'The conditions.';
comment on column core.subject_housing.start_time is 'Start of the stay.';
comment on column core.subject_housing.end_time is 'End of the stay; null while it lasts.';
select engine.set_tier('core.subject_housing', 'manual');

-- Actions -------------------------------------------------------------------------------------------------

alter table core.surgery add column implant_weight_g units.grams;
comment on column core.surgery.implant_weight_g is 'Weight of what was implanted [g]; null when not recorded.';

create table core.other_action (
    other_action_id uuid not null,
    subject_id uuid not null,
    start_time timestamptz not null,
    end_time timestamptz,
    description text,
    lab_name text,
    place_name text,
    constraint other_action_pkey primary key (other_action_id),
    constraint other_action_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint other_action_place_fkey foreign key (lab_name, place_name)
        references core.place on delete restrict
);
create index other_action_subject_idx on core.other_action (subject_id, start_time);
create index other_action_place_idx on core.other_action (lab_name, place_name);
comment on table core.other_action is
    'What was done with a subject and is neither session, surgery nor care. One row per action.';
comment on column core.other_action.other_action_id is 'UUID of the action in the colony database.';
comment on column core.other_action.subject_id is 'The subject.';
comment on column core.other_action.start_time is 'Start.';
comment on column core.other_action.end_time is 'End; null when not recorded.';
comment on column core.other_action.description is 'What was done.';
comment on column core.other_action.lab_name is 'Lab of the place.';
comment on column core.other_action.place_name is 'Where it was done.';
select engine.set_tier('core.other_action', 'manual');

create table core.other_action_member (
    other_action_id uuid not null,
    user_name text not null,
    constraint other_action_member_pkey primary key (other_action_id, user_name),
    constraint other_action_member_other_action_fkey foreign key (other_action_id)
        references core.other_action on delete restrict,
    constraint other_action_member_member_fkey foreign key (user_name) references core.member on delete restrict
);
create index other_action_member_member_idx on core.other_action_member (user_name);
comment on table core.other_action_member is 'Who did an action. One row per action and person.';
comment on column core.other_action_member.other_action_id is 'The action.';
comment on column core.other_action_member.user_name is 'The person.';
select engine.set_tier('core.other_action_member', 'manual');

create table core.other_action_procedure (
    other_action_id uuid not null,
    procedure_name text not null,
    constraint other_action_procedure_pkey primary key (other_action_id, procedure_name),
    constraint other_action_procedure_other_action_fkey foreign key (other_action_id)
        references core.other_action on delete restrict,
    constraint other_action_procedure_procedure_type_fkey foreign key (procedure_name)
        references core.procedure_type on delete restrict
);
create index other_action_procedure_procedure_type_idx on core.other_action_procedure (procedure_name);
comment on table core.other_action_procedure is 'Procedures of an action. One row per action and procedure.';
comment on column core.other_action_procedure.other_action_id is 'The action.';
comment on column core.other_action_procedure.procedure_name is 'The procedure.';
select engine.set_tier('core.other_action_procedure', 'manual');

create table core.virus_injection (
    virus_injection_id uuid not null,
    subject_id uuid not null,
    injected_at timestamptz not null,
    volume_ul units.microlitres,
    rate_ul_per_min units.number,
    injection_type text,
    constraint virus_injection_pkey primary key (virus_injection_id),
    constraint virus_injection_injection_type_check check (injection_type in ('I', 'P')),
    constraint virus_injection_subject_fkey foreign key (subject_id) references core.subject on delete restrict
);
create index virus_injection_subject_idx on core.virus_injection (subject_id, injected_at);
comment on table core.virus_injection is 'Injections of viruses. One row per injection.';
comment on column core.virus_injection.virus_injection_id is 'UUID of the injection in the colony database.';
comment on column core.virus_injection.subject_id is 'The subject.';
comment on column core.virus_injection.injected_at is 'Start.';
comment on column core.virus_injection.volume_ul is 'Volume [uL].';
comment on column core.virus_injection.rate_ul_per_min is 'Rate [uL/min].';
comment on column core.virus_injection.injection_type is 'I iontophoresis, P pressure.';
select engine.set_tier('core.virus_injection', 'manual');

-- Sessions ------------------------------------------------------------------------------------------------

-- A session may be run on the rig of another lab than its own: the place has its lab beside it, as those of surgeries have.
alter table core.session add column place_lab_name text;
comment on column core.session.place_lab_name is 'Lab that the place belongs to; null without a place.';
update core.session set place_lab_name = lab_name where place_name is not null;
alter table core.session drop constraint session_place_fkey;
alter table core.session add constraint session_place_fkey foreign key (place_lab_name, place_name)
    references core.place on delete restrict;
alter table core.session add constraint session_place_lab_name_check
    check ((place_name is null) = (place_lab_name is null));
drop index core.session_place_idx;
create index session_place_idx on core.session (place_lab_name, place_name);
create index session_lab_idx on core.session (lab_name);

create table core.qc_type (
    qc_type text not null,
    qc_level text not null,
    constraint qc_type_pkey primary key (qc_type),
    constraint qc_type_qc_level_check check (qc_level in ('session', 'probe_insertion'))
);
comment on table core.qc_type is 'Kinds of extended quality control. One row per kind.';
comment on column core.qc_type.qc_type is 'Name of the kind, as keys of extended_qc begin with it; the key.';
comment on column core.qc_type.qc_level is 'What is judged: session or probe_insertion.';
select engine.set_tier('core.qc_type', 'lookup');

alter table core.session_qc_field add column qc_type text;
alter table core.session_qc_field add constraint session_qc_field_qc_type_fkey foreign key (qc_type)
    references core.qc_type on delete restrict;
create index session_qc_field_qc_type_idx on core.session_qc_field (qc_type);
comment on column core.session_qc_field.qc_type is
    'Kind of quality control that the field belongs to, its own name where it is the verdict of that kind; null for others.';

-- Data ----------------------------------------------------------------------------------------------------

create table store.data_repository_type (
    repository_type text not null,
    repository_type_id uuid,
    constraint data_repository_type_pkey primary key (repository_type)
);
create index data_repository_type_repository_type_id_idx on store.data_repository_type (repository_type_id);
comment on table store.data_repository_type is 'Kinds of data repository. One row per kind.';
comment on column store.data_repository_type.repository_type is 'Name of the kind (Fileserver); the key.';
comment on column store.data_repository_type.repository_type_id is 'UUID of the kind in the colony database.';
select engine.set_tier('store.data_repository_type', 'lookup');

insert into store.data_repository_type (repository_type)
select distinct repository_type from store.data_repository where repository_type is not null;
alter table store.data_repository add constraint data_repository_data_repository_type_fkey
    foreign key (repository_type) references store.data_repository_type on delete restrict;
create index data_repository_data_repository_type_idx on store.data_repository (repository_type);

create table store.project_repository (
    project_name text not null,
    repository_name text not null,
    constraint project_repository_pkey primary key (project_name, repository_name),
    constraint project_repository_project_fkey foreign key (project_name)
        references core.project on delete restrict,
    constraint project_repository_data_repository_fkey foreign key (repository_name)
        references store.data_repository on delete restrict
);
create index project_repository_data_repository_idx on store.project_repository (repository_name);
comment on table store.project_repository is 'Where the data of a project lie. One row per project and repository.';
comment on column store.project_repository.project_name is 'The project.';
comment on column store.project_repository.repository_name is 'The repository.';
select engine.set_tier('store.project_repository', 'manual');

alter table store.data_format add column matlab_loader text;
alter table store.data_format add column python_loader text;
comment on column store.data_format.matlab_loader is 'Function that reads such files in MATLAB.';
comment on column store.data_format.python_loader is 'Function that reads such files in Python (np.load).';

alter table store.dataset_type add column created_by text;
alter table store.dataset_type add constraint dataset_type_member_fkey foreign key (created_by)
    references core.member on delete restrict;
create index dataset_type_member_idx on store.dataset_type (created_by);
comment on column store.dataset_type.created_by is 'Who entered the kind.';

alter table store.dataset add column provenance_directory text;
alter table store.dataset add column software_version text;
comment on column store.dataset.provenance_directory is 'Dataset or folder that it was made from, as the source names it.';
comment on column store.dataset.software_version is 'Version of the program that wrote it.';

create table core.coordinate_system (
    coordinate_system_name text not null,
    coordinate_system_id uuid,
    description text,
    constraint coordinate_system_pkey primary key (coordinate_system_name)
);
create index coordinate_system_coordinate_system_id_idx on core.coordinate_system (coordinate_system_id);
comment on table core.coordinate_system is 'Systems in which places in the brain are given. One row per system.';
comment on column core.coordinate_system.coordinate_system_name is 'Name of the system; the key.';
comment on column core.coordinate_system.coordinate_system_id is 'UUID of the system in the colony database.';
comment on column core.coordinate_system.description is 'What its axes and origin are.';
select engine.set_tier('core.coordinate_system', 'lookup');

-- Names of lookup tables come with the program, too, whose UUIDs need not be those of a colony database that uses the same
-- name; the name is the key, and the UUID only leads to it.
alter table core.water_type drop constraint water_type_water_type_id_key;
alter table core.procedure_type drop constraint procedure_type_procedure_id_key;
alter table core.cull_method drop constraint cull_method_cull_method_id_key;
alter table core.cull_reason drop constraint cull_reason_cull_reason_id_key;
alter table store.data_format drop constraint data_format_format_id_key;
alter table store.dataset_type drop constraint dataset_type_dataset_type_id_key;
create index water_type_water_type_id_idx on core.water_type (water_type_id);
create index procedure_type_procedure_id_idx on core.procedure_type (procedure_id);
create index cull_method_cull_method_id_idx on core.cull_method (cull_method_id);
create index cull_reason_cull_reason_id_idx on core.cull_reason (cull_reason_id);
create index data_format_format_id_idx on store.data_format (format_id);
create index dataset_type_dataset_type_id_idx on store.dataset_type (dataset_type_id);

-- A name that the colony database changes is changed here, too, and with it the rows that refer to it.
do $$
declare
    key_row record;
begin
    for key_row in
        select k.conrelid::regclass as child, k.conname, pg_get_constraintdef(k.oid) as definition
        from pg_catalog.pg_constraint as k
        where k.contype = 'f'
            and k.conparentid = 0
            and k.confupdtype = 'a'
            and k.confrelid = any (array[
                'core.lab', 'core.member', 'core.place', 'core.project', 'core.species', 'core.strain',
                'core.subject_source', 'core.genetic_sequence', 'core.allele', 'core.line', 'core.litter',
                'core.breeding_pair', 'store.data_repository']::regclass[])
        order by 1, 2
    loop
        execute format('alter table %s drop constraint %I', key_row.child, key_row.conname);
        execute format(
            'alter table %s add constraint %I %s on update cascade', key_row.child, key_row.conname,
            key_row.definition);
    end loop;
end
$$;

-- What is asked of a colony database over the network is remembered, so that the next time only what changed is asked.
create table core.alyx_fetch (
    url text not null,
    endpoint text not null,
    fetched_until timestamptz,
    began_at timestamptz,
    next_page text,
    updated_at timestamptz not null default now(),
    constraint alyx_fetch_pkey primary key (url, endpoint)
);
comment on table core.alyx_fetch is 'How far a colony database has been fetched over the network. One row per address and list.';
comment on column core.alyx_fetch.url is 'Address of the colony database.';
comment on column core.alyx_fetch.endpoint is 'List that was fetched (sessions).';
comment on column core.alyx_fetch.fetched_until is 'When the last complete fetch of the list began; null before the first.';
comment on column core.alyx_fetch.began_at is 'When the fetch began that goes on, or went on last.';
comment on column core.alyx_fetch.next_page is 'Path and query of the page to go on with; null when the list was fetched to its end.';
comment on column core.alyx_fetch.updated_at is 'When this row was written.';
select engine.set_tier('core.alyx_fetch', 'manual');
