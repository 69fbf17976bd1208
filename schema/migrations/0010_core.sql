-- Units, then labs, people, projects, subjects and sessions.
-- Source: the reference schema in spec/ibl_behavior.md, 1.1 to 1.4 and 16.

-- NaN is greater than every number, so the two comparisons keep out NaN and both infinities.
create domain units.number as double precision
    constraint number_check check (value > '-infinity' and value < 'infinity');
comment on domain units.number is 'Any finite number without unit; NaN is refused.';
create domain units.seconds as double precision
    constraint seconds_check check (value > '-infinity' and value < 'infinity');
comment on domain units.seconds is 'Seconds: a duration, or a time on the clock of the session; NaN is refused.';
create domain units.hertz as double precision
    constraint hertz_check check (value >= 0 and value < 'infinity');
comment on domain units.hertz is 'Rate [1/s]; not negative, NaN is refused.';
create domain units.fraction as double precision
    constraint fraction_check check (value >= 0 and value <= 1);
comment on domain units.fraction is 'A share, 0 to 1; NaN is refused.';
create domain units.signed_fraction as double precision
    constraint signed_fraction_check check (value >= -1 and value <= 1);
comment on domain units.signed_fraction is 'A signed share, -1 to 1, negative is left; NaN is refused.';
create domain units.percent as double precision
    constraint percent_check check (value > '-infinity' and value < 'infinity');
comment on domain units.percent is 'Percent, 100 is the whole; NaN is refused.';
create domain units.grams as double precision
    constraint grams_check check (value >= 0 and value < 'infinity');
comment on domain units.grams is 'Mass [g]; not negative, NaN is refused.';
create domain units.millilitres as double precision
    constraint millilitres_check check (value >= 0 and value < 'infinity');
comment on domain units.millilitres is 'Volume [mL]; not negative, NaN is refused.';
create domain units.microlitres as double precision
    constraint microlitres_check check (value >= 0 and value < 'infinity');
comment on domain units.microlitres is 'Volume [uL]; not negative, NaN is refused.';
create domain units.radians as double precision
    constraint radians_check check (value > '-infinity' and value < 'infinity');
comment on domain units.radians is 'Angle [rad]; NaN is refused.';

-- plpgsql, because only trying a zone tells whether the server knows it without reading all of them.
create function core.is_time_zone(zone_name text) returns boolean
    language plpgsql stable strict parallel safe
as $$
begin
    perform pg_catalog.timezone(zone_name, timestamptz '2020-01-01 00:00:00+00');
    return true;
exception
    when invalid_parameter_value then
        return false;
end
$$;
comment on function core.is_time_zone(text) is
    'Whether the server knows a time zone of this name (Europe/London).';

-- Labs and people ----------------------------------------------------------------------------------------

create table core.lab (
    lab_name text not null,
    lab_id uuid,
    institution text,
    institution_short text,
    address text,
    time_zone text,
    reference_weight_fraction units.fraction,
    zscore_weight_fraction units.fraction,
    constraint lab_pkey primary key (lab_name),
    constraint lab_lab_id_key unique (lab_id),
    constraint lab_lab_name_check check (lab_name <> ''),
    constraint lab_time_zone_check check (core.is_time_zone(time_zone))
);
comment on table core.lab is 'Laboratories that contribute sessions. One row per lab.';
comment on column core.lab.lab_name is 'Short name of the lab, as in file paths; the key.';
comment on column core.lab.lab_id is 'UUID of the lab in its colony database; null when not known.';
comment on column core.lab.institution is 'Institution that the lab belongs to.';
comment on column core.lab.institution_short is 'Short name of the institution, as figures label it (UCL).';
comment on column core.lab.address is 'Postal address.';
comment on column core.lab.time_zone is
    'IANA name of the time zone that the rigs'' clocks show (Europe/London); null is read as UTC.';
comment on column core.lab.reference_weight_fraction is
    'Weight of the reference weighing in the expected weight, 0 to 1.';
comment on column core.lab.zscore_weight_fraction is
    'Weight of the age-matched z-score in the expected weight, 0 to 1.';

create table core.member (
    user_name text not null,
    member_id uuid,
    first_name text,
    last_name text,
    email text,
    date_joined timestamptz,
    last_login timestamptz,
    is_active boolean,
    is_staff boolean,
    is_superuser boolean,
    is_stock_manager boolean,
    constraint member_pkey primary key (user_name),
    constraint member_member_id_key unique (member_id),
    constraint member_user_name_check check (user_name <> '')
);
comment on table core.member is 'People who look after subjects and run sessions. One row per person.';
comment on column core.member.user_name is 'Login name in the colony database, or a pseudonym; the key.';
comment on column core.member.member_id is 'UUID of the person in the colony database.';
comment on column core.member.first_name is 'Given name; null in public copies.';
comment on column core.member.last_name is 'Family name; null in public copies.';
comment on column core.member.email is 'Mail address; null in public copies.';
comment on column core.member.date_joined is 'When the account was made.';
comment on column core.member.last_login is 'Last login to the colony database.';
comment on column core.member.is_active is 'Whether the account may log in.';
comment on column core.member.is_staff is 'Whether the account may use the administration pages.';
comment on column core.member.is_superuser is 'Whether the account has every right in the colony database.';
comment on column core.member.is_stock_manager is 'Whether the person keeps the animal stock.';

create table core.lab_membership (
    lab_name text not null,
    user_name text not null,
    membership_id uuid,
    role text,
    start_date date,
    end_date date,
    constraint lab_membership_pkey primary key (lab_name, user_name),
    constraint lab_membership_lab_fkey foreign key (lab_name) references core.lab on delete restrict,
    constraint lab_membership_member_fkey foreign key (user_name) references core.member on delete restrict
);
create index lab_membership_member_idx on core.lab_membership (user_name);
comment on table core.lab_membership is 'Who belongs to which lab. One row per lab and person.';
comment on column core.lab_membership.lab_name is 'The lab.';
comment on column core.lab_membership.user_name is 'The person.';
comment on column core.lab_membership.membership_id is 'UUID of the membership in the colony database.';
comment on column core.lab_membership.role is 'Role of the person in the lab.';
comment on column core.lab_membership.start_date is 'First day of the membership.';
comment on column core.lab_membership.end_date is 'Last day of the membership; null while it lasts.';

create table core.place (
    lab_name text not null,
    place_name text not null,
    place_id uuid,
    constraint place_pkey primary key (lab_name, place_name),
    constraint place_place_id_key unique (place_id),
    constraint place_lab_fkey foreign key (lab_name) references core.lab on delete restrict
);
comment on table core.place is 'Rooms, rigs and boxes of a lab. One row per lab and place.';
comment on column core.place.lab_name is 'The lab that the place belongs to.';
comment on column core.place.place_name is 'Name of the place within the lab.';
comment on column core.place.place_id is 'UUID of the place in the colony database.';

create table core.project (
    project_name text not null,
    project_id uuid,
    description text,
    constraint project_pkey primary key (project_name),
    constraint project_project_id_key unique (project_id),
    constraint project_project_name_check check (project_name <> '')
);
comment on table core.project is 'Scientific projects that subjects and sessions belong to. One row per project.';
comment on column core.project.project_name is 'Name of the project; the key.';
comment on column core.project.project_id is 'UUID of the project in the colony database.';
comment on column core.project.description is 'What the project is about.';

create table core.project_member (
    project_name text not null,
    user_name text not null,
    constraint project_member_pkey primary key (project_name, user_name),
    constraint project_member_project_fkey foreign key (project_name)
        references core.project on delete restrict,
    constraint project_member_member_fkey foreign key (user_name) references core.member on delete restrict
);
create index project_member_member_idx on core.project_member (user_name);
comment on table core.project_member is 'Who works on which project. One row per project and person.';
comment on column core.project_member.project_name is 'The project.';
comment on column core.project_member.user_name is 'The person.';

-- Genetics -----------------------------------------------------------------------------------------------

create table core.species (
    species_name text not null,
    species_id uuid,
    nickname text,
    constraint species_pkey primary key (species_name),
    constraint species_species_id_key unique (species_id)
);
comment on table core.species is 'Species of subjects. One row per species.';
comment on column core.species.species_name is 'Binomial name (Mus musculus); the key.';
comment on column core.species.species_id is 'UUID of the species in the colony database.';
comment on column core.species.nickname is 'Everyday name (mouse).';

create table core.strain (
    strain_name text not null,
    strain_id uuid,
    description text,
    constraint strain_pkey primary key (strain_name),
    constraint strain_strain_id_key unique (strain_id)
);
comment on table core.strain is 'Genetic backgrounds (C57BL/6J). One row per strain.';
comment on column core.strain.strain_name is 'Name of the strain; the key.';
comment on column core.strain.strain_id is 'UUID of the strain in the colony database.';
comment on column core.strain.description is 'Remarks on the strain.';

create table core.subject_source (
    source_name text not null,
    source_id uuid,
    description text,
    constraint subject_source_pkey primary key (source_name),
    constraint subject_source_source_id_key unique (source_id)
);
comment on table core.subject_source is 'Where animals and alleles come from: breeders, other labs. One row per source.';
comment on column core.subject_source.source_name is 'Name of the breeder or lab; the key.';
comment on column core.subject_source.source_id is 'UUID of the source in the colony database.';
comment on column core.subject_source.description is 'Remarks on the source.';

create table core.genetic_sequence (
    sequence_name text not null,
    sequence_id uuid,
    base_pairs text,
    description text,
    constraint genetic_sequence_pkey primary key (sequence_name),
    constraint genetic_sequence_sequence_id_key unique (sequence_id)
);
comment on table core.genetic_sequence is 'Sequences that genotype tests look for. One row per sequence.';
comment on column core.genetic_sequence.sequence_name is 'Name of the sequence; the key.';
comment on column core.genetic_sequence.sequence_id is 'UUID of the sequence in the colony database.';
comment on column core.genetic_sequence.base_pairs is 'The base pairs.';
comment on column core.genetic_sequence.description is 'Remarks on the sequence.';

create table core.allele (
    allele_name text not null,
    allele_id uuid,
    standard_name text,
    source_name text,
    source_identifier text,
    source_url text,
    expression_data_url text,
    constraint allele_pkey primary key (allele_name),
    constraint allele_allele_id_key unique (allele_id),
    constraint allele_subject_source_fkey foreign key (source_name)
        references core.subject_source on delete restrict
);
create index allele_subject_source_idx on core.allele (source_name);
comment on table core.allele is 'Alleles that subjects may carry. One row per allele.';
comment on column core.allele.allele_name is 'Informal name (the nickname in the colony database); the key.';
comment on column core.allele.allele_id is 'UUID of the allele in the colony database.';
comment on column core.allele.standard_name is 'Standard name of the allele.';
comment on column core.allele.source_name is 'Where the allele comes from.';
comment on column core.allele.source_identifier is 'Identifier of the allele at its source.';
comment on column core.allele.source_url is 'Page of the allele at its source.';
comment on column core.allele.expression_data_url is 'Page with expression data.';

create table core.allele_sequence (
    allele_name text not null,
    sequence_name text not null,
    constraint allele_sequence_pkey primary key (allele_name, sequence_name),
    constraint allele_sequence_allele_fkey foreign key (allele_name) references core.allele on delete restrict,
    constraint allele_sequence_genetic_sequence_fkey foreign key (sequence_name)
        references core.genetic_sequence on delete restrict
);
create index allele_sequence_genetic_sequence_idx on core.allele_sequence (sequence_name);
comment on table core.allele_sequence is 'Sequences that tell an allele. One row per allele and sequence.';
comment on column core.allele_sequence.allele_name is 'The allele.';
comment on column core.allele_sequence.sequence_name is 'The sequence.';

create table core.line (
    line_name text not null,
    line_id uuid,
    nickname text,
    species_name text,
    strain_name text,
    description text,
    target_phenotype text,
    is_active boolean,
    constraint line_pkey primary key (line_name),
    constraint line_line_id_key unique (line_id),
    constraint line_species_fkey foreign key (species_name) references core.species on delete restrict,
    constraint line_strain_fkey foreign key (strain_name) references core.strain on delete restrict
);
create index line_species_idx on core.line (species_name);
create index line_strain_idx on core.line (strain_name);
comment on table core.line is 'Breeding lines. One row per line.';
comment on column core.line.line_name is 'Name of the line; the key.';
comment on column core.line.line_id is 'UUID of the line in the colony database.';
comment on column core.line.nickname is 'Short name, from which animals'' nicknames are made.';
comment on column core.line.species_name is 'Species of the line.';
comment on column core.line.strain_name is 'Genetic background of the line.';
comment on column core.line.description is 'Remarks on the line.';
comment on column core.line.target_phenotype is 'Phenotype that the line is bred for.';
comment on column core.line.is_active is 'Whether the line is still bred.';

create table core.line_allele (
    line_name text not null,
    allele_name text not null,
    constraint line_allele_pkey primary key (line_name, allele_name),
    constraint line_allele_line_fkey foreign key (line_name) references core.line on delete restrict,
    constraint line_allele_allele_fkey foreign key (allele_name) references core.allele on delete restrict
);
create index line_allele_allele_idx on core.line_allele (allele_name);
comment on table core.line_allele is 'Alleles of a line. One row per line and allele.';
comment on column core.line_allele.line_name is 'The line.';
comment on column core.line_allele.allele_name is 'The allele.';

-- Subjects -----------------------------------------------------------------------------------------------

create table core.litter (
    litter_name text not null,
    litter_id uuid,
    line_name text,
    breeding_pair_name text,
    descriptive_name text,
    description text,
    birth_date date,
    constraint litter_pkey primary key (litter_name),
    constraint litter_litter_id_key unique (litter_id),
    constraint litter_line_fkey foreign key (line_name) references core.line on delete restrict
);
create index litter_line_idx on core.litter (line_name);
comment on table core.litter is 'Litters that subjects were born in. One row per litter.';
comment on column core.litter.litter_name is 'Name of the litter; the key.';
comment on column core.litter.litter_id is 'UUID of the litter in the colony database.';
comment on column core.litter.line_name is 'Line of the litter.';
comment on column core.litter.breeding_pair_name is 'Name of the breeding pair.';
comment on column core.litter.descriptive_name is 'Name that the breeder gave.';
comment on column core.litter.description is 'Remarks on the litter.';
comment on column core.litter.birth_date is 'Day of birth.';

create table core.subject (
    subject_id uuid not null,
    lab_name text not null,
    nickname text not null,
    sex text not null default 'U',
    birth_date date,
    wean_date date,
    death_date date,
    species_name text,
    strain_name text,
    line_name text,
    source_name text,
    litter_name text,
    responsible_user text,
    protocol_number integer,
    ear_mark text,
    description text,
    constraint subject_pkey primary key (subject_id),
    constraint subject_nickname_key unique (lab_name, nickname),
    constraint subject_nickname_check check (nickname <> ''),
    constraint subject_sex_check check (sex in ('M', 'F', 'U')),
    constraint subject_lab_fkey foreign key (lab_name) references core.lab on delete restrict,
    constraint subject_species_fkey foreign key (species_name) references core.species on delete restrict,
    constraint subject_strain_fkey foreign key (strain_name) references core.strain on delete restrict,
    constraint subject_line_fkey foreign key (line_name) references core.line on delete restrict,
    constraint subject_subject_source_fkey foreign key (source_name)
        references core.subject_source on delete restrict,
    constraint subject_litter_fkey foreign key (litter_name) references core.litter on delete restrict,
    constraint subject_member_fkey foreign key (responsible_user) references core.member on delete restrict
);
create index subject_nickname_idx on core.subject (nickname);
create index subject_species_idx on core.subject (species_name);
create index subject_strain_idx on core.subject (strain_name);
create index subject_line_idx on core.subject (line_name);
create index subject_subject_source_idx on core.subject (source_name);
create index subject_litter_idx on core.subject (litter_name);
create index subject_member_idx on core.subject (responsible_user);
comment on table core.subject is 'Animals. One row per subject; its nickname is unique within its lab only.';
comment on column core.subject.subject_id is
    'UUID of the source where it has one, else UUIDv5 of the source''s identifier (lab/nickname for ALF).';
comment on column core.subject.lab_name is 'Lab that keeps the subject.';
comment on column core.subject.nickname is 'Name of the subject within its lab (KS014).';
comment on column core.subject.sex is 'M male, F female, U not known.';
comment on column core.subject.birth_date is 'Day of birth; null when not recorded.';
comment on column core.subject.wean_date is 'Day of weaning; null when not recorded.';
comment on column core.subject.death_date is 'Day of death; null while the subject lives or when not recorded.';
comment on column core.subject.species_name is 'Species of the subject.';
comment on column core.subject.strain_name is 'Genetic background of the subject.';
comment on column core.subject.line_name is 'Breeding line of the subject.';
comment on column core.subject.source_name is 'Where the subject comes from.';
comment on column core.subject.litter_name is 'Litter that the subject was born in.';
comment on column core.subject.responsible_user is 'Person responsible for the subject at present.';
comment on column core.subject.protocol_number is 'Number of the animal protocol that covers the subject.';
comment on column core.subject.ear_mark is 'Mark on the ear.';
comment on column core.subject.description is 'Remarks on the subject.';

create table core.subject_alias (
    source text not null,
    identifier text not null,
    subject_id uuid not null,
    constraint subject_alias_pkey primary key (source, identifier),
    constraint subject_alias_subject_fkey foreign key (subject_id) references core.subject on delete restrict
);
create index subject_alias_subject_idx on core.subject_alias (subject_id);
comment on table core.subject_alias is
    'Names of a subject in its sources. One row per source and identifier.';
comment on column core.subject_alias.source is 'Source system: ibl, allen, dandi, nwb, rnn, simulated.';
comment on column core.subject_alias.identifier is 'Identifier of the subject in that source.';
comment on column core.subject_alias.subject_id is 'The subject.';

create table core.subject_project (
    subject_id uuid not null,
    project_name text not null,
    constraint subject_project_pkey primary key (subject_id, project_name),
    constraint subject_project_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint subject_project_project_fkey foreign key (project_name)
        references core.project on delete restrict
);
create index subject_project_project_idx on core.subject_project (project_name);
comment on table core.subject_project is 'Projects of a subject. One row per subject and project.';
comment on column core.subject_project.subject_id is 'The subject.';
comment on column core.subject_project.project_name is 'The project.';

create table core.subject_user_history (
    subject_id uuid not null,
    user_name text not null,
    changed_at timestamptz,
    constraint subject_user_history_key unique nulls not distinct (subject_id, user_name, changed_at),
    constraint subject_user_history_subject_fkey foreign key (subject_id)
        references core.subject on delete restrict,
    constraint subject_user_history_member_fkey foreign key (user_name)
        references core.member on delete restrict
);
create index subject_user_history_member_idx on core.subject_user_history (user_name);
comment on table core.subject_user_history is
    'Who was responsible for a subject from when on. One row per subject, person and change.';
comment on column core.subject_user_history.subject_id is 'The subject.';
comment on column core.subject_user_history.user_name is 'Person responsible from then on.';
comment on column core.subject_user_history.changed_at is 'When the responsibility began; null for the first.';

create table core.caging (
    subject_id uuid not null,
    cage_name text not null,
    caged_at timestamptz,
    constraint caging_key unique nulls not distinct (subject_id, cage_name, caged_at),
    constraint caging_subject_fkey foreign key (subject_id) references core.subject on delete restrict
);
comment on table core.caging is 'Cages of a subject. One row per subject, cage and move.';
comment on column core.caging.subject_id is 'The subject.';
comment on column core.caging.cage_name is 'Label of the cage.';
comment on column core.caging.caged_at is 'When the subject came into the cage; null when not recorded.';

create table core.zygosity (
    subject_id uuid not null,
    allele_name text not null,
    zygosity_id uuid,
    zygosity text not null,
    constraint zygosity_pkey primary key (subject_id, allele_name),
    constraint zygosity_zygosity_check check (zygosity in ('Absent', 'Heterozygous', 'Homozygous', 'Present')),
    constraint zygosity_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint zygosity_allele_fkey foreign key (allele_name) references core.allele on delete restrict
);
create index zygosity_allele_idx on core.zygosity (allele_name);
comment on table core.zygosity is 'Alleles of a subject. One row per subject and allele.';
comment on column core.zygosity.subject_id is 'The subject.';
comment on column core.zygosity.allele_name is 'The allele.';
comment on column core.zygosity.zygosity_id is 'UUID of the entry in the colony database.';
comment on column core.zygosity.zygosity is 'Absent, Heterozygous, Homozygous or Present (copies not known).';

create table core.genotype_test (
    genotype_test_id uuid not null,
    subject_id uuid not null,
    sequence_name text not null,
    test_result text not null,
    constraint genotype_test_pkey primary key (genotype_test_id),
    constraint genotype_test_test_result_check check (test_result in ('Present', 'Absent')),
    constraint genotype_test_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint genotype_test_genetic_sequence_fkey foreign key (sequence_name)
        references core.genetic_sequence on delete restrict
);
create index genotype_test_subject_idx on core.genotype_test (subject_id);
create index genotype_test_genetic_sequence_idx on core.genotype_test (sequence_name);
comment on table core.genotype_test is 'Genotype tests. One row per test of one sequence in one subject.';
comment on column core.genotype_test.genotype_test_id is 'UUID of the test in the colony database.';
comment on column core.genotype_test.subject_id is 'The subject tested.';
comment on column core.genotype_test.sequence_name is 'The sequence looked for.';
comment on column core.genotype_test.test_result is 'Present or Absent.';

-- Sessions -----------------------------------------------------------------------------------------------

create table core.qc_outcome (
    qc smallint not null,
    label text not null,
    constraint qc_outcome_pkey primary key (qc),
    constraint qc_outcome_label_key unique (label)
);
comment on table core.qc_outcome is 'Outcomes of quality control. One row per outcome.';
comment on column core.qc_outcome.qc is 'Code, higher is worse; the key.';
comment on column core.qc_outcome.label is 'Name of the outcome (PASS).';

create table core.session (
    session_id uuid not null,
    subject_id uuid not null,
    lab_name text not null,
    session_date date not null,
    session_number integer,
    start_time timestamptz,
    end_time timestamptz,
    place_name text,
    session_type text,
    task_protocol text,
    is_protocol_inferred boolean not null default false,
    rig text,
    start_delay_s units.seconds,
    narrative text,
    source text not null,
    parent_session_id uuid,
    qc smallint,
    recorded_n_trials integer,
    recorded_n_correct integer,
    details jsonb,
    constraint session_pkey primary key (session_id),
    constraint session_session_number_check check (session_number >= 0),
    constraint session_end_time_check check (end_time >= start_time),
    constraint session_start_delay_s_check check (start_delay_s >= 0),
    constraint session_protocol_inferred_check check (not is_protocol_inferred or task_protocol is not null),
    constraint session_recorded_counts_check check (recorded_n_trials >= 0 and recorded_n_correct >= 0),
    constraint session_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint session_lab_fkey foreign key (lab_name) references core.lab on delete restrict,
    constraint session_place_fkey foreign key (lab_name, place_name) references core.place on delete restrict,
    constraint session_parent_fkey foreign key (parent_session_id)
        references core.session (session_id) on delete restrict,
    constraint session_qc_outcome_fkey foreign key (qc) references core.qc_outcome on delete restrict
);
create index session_subject_idx on core.session (subject_id, session_date, session_number);
create index session_place_idx on core.session (lab_name, place_name);
create index session_date_idx on core.session (session_date);
create index session_parent_idx on core.session (parent_session_id) where parent_session_id is not null;
create index session_qc_outcome_idx on core.session (qc);
comment on table core.session is
    'Sessions: one subject, one start. One row per session; several a day, even at the same second, are kept apart.';
comment on column core.session.session_id is
    'UUID of the source where it has one (the eid of IBL), else UUIDv5 of the source''s identifier.';
comment on column core.session.subject_id is 'The subject.';
comment on column core.session.lab_name is 'Lab where the session was run.';
comment on column core.session.session_date is 'Calendar date at the rig.';
comment on column core.session.session_number is
    'Number of the session within its subject and date, as the source counts; null when it does not.';
comment on column core.session.start_time is
    'Start. Source times without zone are read in the lab''s zone; null when only the date is known.';
comment on column core.session.end_time is 'End; null when not recorded.';
comment on column core.session.place_name is 'Room or rig in core.place; null when not recorded.';
comment on column core.session.session_type is 'Kind of session, as the colony database has it (Experiment).';
comment on column core.session.task_protocol is
    'Name and version of the task (_iblrig_tasks_trainingChoiceWorld6.4.2); null when not known.';
comment on column core.session.is_protocol_inferred is
    'True when task_protocol was inferred from the trials because the source does not tell it.';
comment on column core.session.rig is 'Name of the board or rig that ran the task (PYBPOD_BOARD); null when not recorded.';
comment on column core.session.start_delay_s is 'Delay before the first trial was allowed [s]; null when not recorded.';
comment on column core.session.narrative is 'What the experimenter wrote.';
comment on column core.session.source is 'Source system that the key comes from: ibl, allen, dandi, nwb, rnn, simulated.';
comment on column core.session.parent_session_id is 'Session that this one is a part of.';
comment on column core.session.qc is 'Quality of the whole session by the source; see core.qc_outcome.';
comment on column core.session.recorded_n_trials is 'Number of trials by the source''s own account.';
comment on column core.session.recorded_n_correct is 'Number of correct trials by the source''s own account.';
comment on column core.session.details is 'Further fields of the source''s record, as they came.';

create table core.session_alias (
    source text not null,
    identifier text not null,
    session_id uuid not null,
    constraint session_alias_pkey primary key (source, identifier),
    constraint session_alias_session_fkey foreign key (session_id) references core.session on delete restrict
);
create index session_alias_session_idx on core.session_alias (session_id);
comment on table core.session_alias is
    'Names of a session in its sources, each leading to its one key. One row per source and identifier.';
comment on column core.session_alias.source is 'Source system: ibl, allen, dandi, nwb, rnn, simulated.';
comment on column core.session_alias.identifier is
    'Identifier in that source (lab/subject/date/number for ALF trees, UUID for Alyx).';
comment on column core.session_alias.session_id is 'The session.';

create table core.session_member (
    session_id uuid not null,
    user_name text not null,
    constraint session_member_pkey primary key (session_id, user_name),
    constraint session_member_session_fkey foreign key (session_id) references core.session on delete restrict,
    constraint session_member_member_fkey foreign key (user_name) references core.member on delete restrict
);
create index session_member_member_idx on core.session_member (user_name);
comment on table core.session_member is 'Who ran a session. One row per session and person.';
comment on column core.session_member.session_id is 'The session.';
comment on column core.session_member.user_name is 'The person.';

create table core.session_project (
    session_id uuid not null,
    project_name text not null,
    constraint session_project_pkey primary key (session_id, project_name),
    constraint session_project_session_fkey foreign key (session_id) references core.session on delete restrict,
    constraint session_project_project_fkey foreign key (project_name)
        references core.project on delete restrict
);
create index session_project_project_idx on core.session_project (project_name);
comment on table core.session_project is 'Projects of a session. One row per session and project.';
comment on column core.session_project.session_id is 'The session.';
comment on column core.session_project.project_name is 'The project.';

create table core.procedure_type (
    procedure_name text not null,
    procedure_id uuid,
    description text,
    constraint procedure_type_pkey primary key (procedure_name),
    constraint procedure_type_procedure_id_key unique (procedure_id)
);
comment on table core.procedure_type is 'Kinds of procedure. One row per procedure.';
comment on column core.procedure_type.procedure_name is 'Name of the procedure; the key.';
comment on column core.procedure_type.procedure_id is 'UUID of the procedure in the colony database.';
comment on column core.procedure_type.description is 'What the procedure is.';

create table core.session_procedure (
    session_id uuid not null,
    procedure_name text not null,
    constraint session_procedure_pkey primary key (session_id, procedure_name),
    constraint session_procedure_session_fkey foreign key (session_id)
        references core.session on delete restrict,
    constraint session_procedure_procedure_type_fkey foreign key (procedure_name)
        references core.procedure_type on delete restrict
);
create index session_procedure_procedure_type_idx on core.session_procedure (procedure_name);
comment on table core.session_procedure is 'Procedures done in a session. One row per session and procedure.';
comment on column core.session_procedure.session_id is 'The session.';
comment on column core.session_procedure.procedure_name is 'The procedure.';

create table core.session_qc_field (
    session_id uuid not null,
    field_name text not null,
    qc smallint,
    number units.number,
    is_true boolean,
    text_value text,
    constraint session_qc_field_pkey primary key (session_id, field_name),
    constraint session_qc_field_session_fkey foreign key (session_id)
        references core.session on delete restrict,
    constraint session_qc_field_qc_outcome_fkey foreign key (qc)
        references core.qc_outcome on delete restrict
);
create index session_qc_field_qc_outcome_idx on core.session_qc_field (qc);
comment on table core.session_qc_field is
    'Extended quality control of a session: verdicts and measured values. One row per session and field.';
comment on column core.session_qc_field.session_id is 'The session.';
comment on column core.session_qc_field.field_name is 'Name of the verdict or value (task, _task_stimOn_delays).';
comment on column core.session_qc_field.qc is 'Outcome, where the field is a verdict.';
comment on column core.session_qc_field.number is 'Value, where it is a number; unit as the field says.';
comment on column core.session_qc_field.is_true is 'Value, where it is true or false.';
comment on column core.session_qc_field.text_value is 'Value, where it is a text.';

create table core.session_issue (
    session_id uuid not null,
    issue_id uuid not null generated always as (
        md5(dataset || ':' || issue_type || ':' || message)::uuid
    ) stored,
    dataset text not null default '',
    issue_type text not null,
    message text not null,
    severity text not null default 'warning',
    constraint session_issue_pkey primary key (session_id, issue_id),
    constraint session_issue_severity_check check (severity in ('note', 'warning', 'error')),
    constraint session_issue_session_fkey foreign key (session_id) references core.session on delete restrict
);
create index session_issue_type_idx on core.session_issue (issue_type);
comment on table core.session_issue is
    'What ingest noticed about a session that it loaded all the same. One row per session, dataset, type and message.';
comment on column core.session_issue.session_id is 'The session.';
comment on column core.session_issue.issue_id is 'Made from dataset, type and message: the same issue twice is one row.';
comment on column core.session_issue.dataset is 'Dataset concerned (alf/_ibl_trials.choice.npy); empty when it is none in particular.';
comment on column core.session_issue.issue_type is 'Name of the kind of issue (LengthMismatch, MissingDataset).';
comment on column core.session_issue.message is 'What was found and what was expected.';
comment on column core.session_issue.severity is 'note, warning or error.';

create table core.session_error (
    error_id uuid not null generated always as (
        md5(source || ':' || identifier || ':' || error_type || ':' || file_path || ':' || message)::uuid
    ) stored,
    source text not null,
    identifier text not null,
    error_type text not null,
    message text not null,
    hint text,
    file_path text not null default '',
    session_id uuid,
    lab_name text,
    first_seen_at timestamptz not null default now(),
    resolved_at timestamptz,
    constraint session_error_pkey primary key (error_id),
    constraint session_error_resolved_at_check check (resolved_at >= first_seen_at)
);
create index session_error_identifier_idx on core.session_error (source, identifier);
create index session_error_session_idx on core.session_error (session_id) where session_id is not null;
comment on table core.session_error is
    'What kept a session from being loaded. One row per source, identifier, type, file and message. The session need not exist.';
comment on column core.session_error.error_id is 'Made from the five: the same error twice is one row.';
comment on column core.session_error.source is 'Source system: ibl, allen, dandi, nwb, rnn, simulated.';
comment on column core.session_error.identifier is 'Identifier of the session in that source, or of the file or folder.';
comment on column core.session_error.error_type is 'Name of the kind of error (MissingRawData, MissingExtractedData).';
comment on column core.session_error.message is 'What is wrong and what was expected.';
comment on column core.session_error.hint is 'What to do about it.';
comment on column core.session_error.file_path is 'File concerned; empty when it is none in particular.';
comment on column core.session_error.session_id is
    'Key that the session has or would have; no foreign key, as it may not exist.';
comment on column core.session_error.lab_name is 'Lab, where it is known; no foreign key, as it may not exist.';
comment on column core.session_error.first_seen_at is 'When the error was first met.';
comment on column core.session_error.resolved_at is 'When the session was loaded after all; null while the error stands.';
