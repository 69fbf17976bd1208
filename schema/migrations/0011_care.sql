-- Care of subjects: weights, water, surgery, death. Source: spec/ibl_behavior.md, 1.3.

create table core.weighing (
    weighing_id uuid not null,
    subject_id uuid not null,
    weighed_at timestamptz not null,
    weight_g units.grams not null,
    user_name text,
    constraint weighing_pkey primary key (weighing_id),
    constraint weighing_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint weighing_member_fkey foreign key (user_name) references core.member on delete restrict
);
create index weighing_subject_idx on core.weighing (subject_id, weighed_at);
create index weighing_member_idx on core.weighing (user_name);
comment on table core.weighing is 'Weighings. One row per weighing of a subject.';
comment on column core.weighing.weighing_id is
    'UUID of the weighing in the colony database, else UUIDv5 of subject and time.';
comment on column core.weighing.subject_id is 'The subject.';
comment on column core.weighing.weighed_at is 'When it was weighed.';
comment on column core.weighing.weight_g is 'Weight, implant included [g].';
comment on column core.weighing.user_name is 'Who weighed it.';

create table core.water_type (
    water_type_name text not null,
    water_type_id uuid,
    constraint water_type_pkey primary key (water_type_name),
    constraint water_type_water_type_id_key unique (water_type_id)
);
comment on table core.water_type is 'Kinds of fluid that subjects are given. One row per kind.';
comment on column core.water_type.water_type_name is 'Name of the fluid (Water 10% Sucrose); the key.';
comment on column core.water_type.water_type_id is 'UUID of the kind in the colony database.';

create table core.water_administration (
    water_administration_id uuid not null,
    subject_id uuid not null,
    administered_at timestamptz not null,
    volume_ml units.millilitres,
    is_ad_libitum boolean not null default false,
    water_type_name text,
    user_name text,
    session_id uuid,
    constraint water_administration_pkey primary key (water_administration_id),
    constraint water_administration_subject_fkey foreign key (subject_id)
        references core.subject on delete restrict,
    constraint water_administration_water_type_fkey foreign key (water_type_name)
        references core.water_type on delete restrict,
    constraint water_administration_member_fkey foreign key (user_name)
        references core.member on delete restrict,
    constraint water_administration_session_fkey foreign key (session_id)
        references core.session on delete restrict
);
create index water_administration_subject_idx on core.water_administration (subject_id, administered_at);
create index water_administration_water_type_idx on core.water_administration (water_type_name);
create index water_administration_member_idx on core.water_administration (user_name);
create index water_administration_session_idx on core.water_administration (session_id);
comment on table core.water_administration is 'Water given to subjects. One row per administration.';
comment on column core.water_administration.water_administration_id is
    'UUID of the administration in the colony database, else UUIDv5 of subject and time.';
comment on column core.water_administration.subject_id is 'The subject.';
comment on column core.water_administration.administered_at is 'When it was given.';
comment on column core.water_administration.volume_ml is 'Volume given [mL]; null when it was not measured.';
comment on column core.water_administration.is_ad_libitum is 'True when the subject could drink as it liked.';
comment on column core.water_administration.water_type_name is 'Kind of fluid.';
comment on column core.water_administration.user_name is 'Who gave it.';
comment on column core.water_administration.session_id is
    'Session in which it was earned; null for a supplement.';

create table core.water_restriction (
    water_restriction_id uuid not null,
    subject_id uuid not null,
    start_time timestamptz not null,
    end_time timestamptz,
    reference_weight_g units.grams,
    narrative text,
    lab_name text,
    place_name text,
    constraint water_restriction_pkey primary key (water_restriction_id),
    constraint water_restriction_subject_fkey foreign key (subject_id)
        references core.subject on delete restrict,
    constraint water_restriction_place_fkey foreign key (lab_name, place_name)
        references core.place on delete restrict
);
create index water_restriction_subject_idx on core.water_restriction (subject_id, start_time);
create index water_restriction_place_idx on core.water_restriction (lab_name, place_name);
comment on table core.water_restriction is 'Times in which a subject''s water is restricted. One row per restriction.';
comment on column core.water_restriction.water_restriction_id is 'UUID of the restriction in the colony database.';
comment on column core.water_restriction.subject_id is 'The subject.';
comment on column core.water_restriction.start_time is 'Start of the restriction.';
comment on column core.water_restriction.end_time is 'End of the restriction; null while it lasts.';
comment on column core.water_restriction.reference_weight_g is
    'Weight before the restriction [g]; 0 means the last weighing before it.';
comment on column core.water_restriction.narrative is 'Remarks.';
comment on column core.water_restriction.lab_name is 'Lab of the place.';
comment on column core.water_restriction.place_name is 'Where the subject was kept.';

create table core.water_restriction_member (
    water_restriction_id uuid not null,
    user_name text not null,
    constraint water_restriction_member_pkey primary key (water_restriction_id, user_name),
    constraint water_restriction_member_water_restriction_fkey foreign key (water_restriction_id)
        references core.water_restriction on delete restrict,
    constraint water_restriction_member_member_fkey foreign key (user_name)
        references core.member on delete restrict
);
create index water_restriction_member_member_idx on core.water_restriction_member (user_name);
comment on table core.water_restriction_member is 'Who set a restriction. One row per restriction and person.';
comment on column core.water_restriction_member.water_restriction_id is 'The restriction.';
comment on column core.water_restriction_member.user_name is 'The person.';

create table core.water_restriction_procedure (
    water_restriction_id uuid not null,
    procedure_name text not null,
    constraint water_restriction_procedure_pkey primary key (water_restriction_id, procedure_name),
    constraint water_restriction_procedure_water_restriction_fkey foreign key (water_restriction_id)
        references core.water_restriction on delete restrict,
    constraint water_restriction_procedure_procedure_type_fkey foreign key (procedure_name)
        references core.procedure_type on delete restrict
);
create index water_restriction_procedure_procedure_type_idx
    on core.water_restriction_procedure (procedure_name);
comment on table core.water_restriction_procedure is
    'Procedures of a restriction. One row per restriction and procedure.';
comment on column core.water_restriction_procedure.water_restriction_id is 'The restriction.';
comment on column core.water_restriction_procedure.procedure_name is 'The procedure.';

create table core.implant (
    subject_id uuid not null,
    implanted_on date not null,
    implant_weight_g units.grams not null,
    constraint implant_pkey primary key (subject_id, implanted_on),
    constraint implant_subject_fkey foreign key (subject_id) references core.subject on delete restrict
);
comment on table core.implant is 'Weights of head implants. One row per subject and day of implantation.';
comment on column core.implant.subject_id is 'The subject.';
comment on column core.implant.implanted_on is 'Day from which the weight holds.';
comment on column core.implant.implant_weight_g is 'Weight of all that the subject carries from that day on [g].';

create table core.surgery (
    surgery_id uuid not null,
    subject_id uuid not null,
    start_time timestamptz not null,
    end_time timestamptz,
    outcome_type text,
    narrative text,
    lab_name text,
    place_name text,
    constraint surgery_pkey primary key (surgery_id),
    constraint surgery_outcome_type_check check (outcome_type in ('a', 'n', 'r')),
    constraint surgery_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint surgery_place_fkey foreign key (lab_name, place_name) references core.place on delete restrict
);
create index surgery_subject_idx on core.surgery (subject_id, start_time);
create index surgery_place_idx on core.surgery (lab_name, place_name);
comment on table core.surgery is 'Surgeries. One row per surgery.';
comment on column core.surgery.surgery_id is 'UUID of the surgery in the colony database.';
comment on column core.surgery.subject_id is 'The subject.';
comment on column core.surgery.start_time is 'Start.';
comment on column core.surgery.end_time is 'End; null when not recorded.';
comment on column core.surgery.outcome_type is 'a acute, n non-recovery, r recovery; null when not recorded.';
comment on column core.surgery.narrative is 'What was done.';
comment on column core.surgery.lab_name is 'Lab of the place.';
comment on column core.surgery.place_name is 'Where it was done.';

create table core.surgery_member (
    surgery_id uuid not null,
    user_name text not null,
    constraint surgery_member_pkey primary key (surgery_id, user_name),
    constraint surgery_member_surgery_fkey foreign key (surgery_id) references core.surgery on delete restrict,
    constraint surgery_member_member_fkey foreign key (user_name) references core.member on delete restrict
);
create index surgery_member_member_idx on core.surgery_member (user_name);
comment on table core.surgery_member is 'Who did a surgery. One row per surgery and person.';
comment on column core.surgery_member.surgery_id is 'The surgery.';
comment on column core.surgery_member.user_name is 'The person.';

create table core.surgery_procedure (
    surgery_id uuid not null,
    procedure_name text not null,
    constraint surgery_procedure_pkey primary key (surgery_id, procedure_name),
    constraint surgery_procedure_surgery_fkey foreign key (surgery_id)
        references core.surgery on delete restrict,
    constraint surgery_procedure_procedure_type_fkey foreign key (procedure_name)
        references core.procedure_type on delete restrict
);
create index surgery_procedure_procedure_type_idx on core.surgery_procedure (procedure_name);
comment on table core.surgery_procedure is 'Procedures of a surgery. One row per surgery and procedure.';
comment on column core.surgery_procedure.surgery_id is 'The surgery.';
comment on column core.surgery_procedure.procedure_name is 'The procedure.';

create table core.cull_method (
    cull_method_name text not null,
    cull_method_id uuid,
    description text,
    constraint cull_method_pkey primary key (cull_method_name),
    constraint cull_method_cull_method_id_key unique (cull_method_id)
);
comment on table core.cull_method is 'Ways in which subjects are put to death. One row per method.';
comment on column core.cull_method.cull_method_name is 'Name of the method; the key.';
comment on column core.cull_method.cull_method_id is 'UUID of the method in the colony database.';
comment on column core.cull_method.description is 'Remarks on the method.';

create table core.cull_reason (
    cull_reason_name text not null,
    cull_reason_id uuid,
    description text,
    constraint cull_reason_pkey primary key (cull_reason_name),
    constraint cull_reason_cull_reason_id_key unique (cull_reason_id)
);
comment on table core.cull_reason is 'Reasons for which subjects are put to death. One row per reason.';
comment on column core.cull_reason.cull_reason_name is 'Name of the reason; the key.';
comment on column core.cull_reason.cull_reason_id is 'UUID of the reason in the colony database.';
comment on column core.cull_reason.description is 'Remarks on the reason.';

create table core.cull (
    subject_id uuid not null,
    cull_id uuid,
    cull_date date,
    cull_method_name text,
    cull_reason_name text,
    user_name text,
    description text,
    constraint cull_pkey primary key (subject_id),
    constraint cull_cull_id_key unique (cull_id),
    constraint cull_subject_fkey foreign key (subject_id) references core.subject on delete restrict,
    constraint cull_cull_method_fkey foreign key (cull_method_name)
        references core.cull_method on delete restrict,
    constraint cull_cull_reason_fkey foreign key (cull_reason_name)
        references core.cull_reason on delete restrict,
    constraint cull_member_fkey foreign key (user_name) references core.member on delete restrict
);
create index cull_cull_method_idx on core.cull (cull_method_name);
create index cull_cull_reason_idx on core.cull (cull_reason_name);
create index cull_member_idx on core.cull (user_name);
comment on table core.cull is 'Deaths that were brought about. One row per subject.';
comment on column core.cull.subject_id is 'The subject.';
comment on column core.cull.cull_id is 'UUID of the entry in the colony database.';
comment on column core.cull.cull_date is 'Day.';
comment on column core.cull.cull_method_name is 'Method.';
comment on column core.cull.cull_reason_name is 'Reason.';
comment on column core.cull.user_name is 'Who did it.';
comment on column core.cull.description is 'Remarks.';
