-- Probe insertions as the colony database lists them, with their quality, and the regions of brains that ontologies name.
-- Source: spec/ibl_behavior.md, 1.1 and 1.8; schema/IBL.md has the names side by side.

create table core.ontology (
    ontology_name text not null,
    description text,
    constraint ontology_pkey primary key (ontology_name)
);
comment on table core.ontology is 'Systems of names for regions of brains. One row per system.';
comment on column core.ontology.ontology_name is 'Name of the system (CCF 2017); the key.';
comment on column core.ontology.description is 'What the system is.';
select engine.set_tier('core.ontology', 'lookup');

create table core.brain_region (
    ontology_name text not null,
    acronym text not null,
    region_name text not null,
    region_number integer,
    parent_acronym text,
    level smallint,
    graph_order integer,
    constraint brain_region_pkey primary key (ontology_name, acronym),
    constraint brain_region_ontology_fkey foreign key (ontology_name) references core.ontology on delete restrict,
    constraint brain_region_parent_fkey foreign key (ontology_name, parent_acronym)
        references core.brain_region (ontology_name, acronym) on delete restrict
);
create index brain_region_parent_idx on core.brain_region (ontology_name, parent_acronym);
comment on table core.brain_region is
    'Regions of brains. One row per ontology and acronym. Dumps of the colony database do not bring them: they are loaded by hand.';
comment on column core.brain_region.ontology_name is 'The ontology.';
comment on column core.brain_region.acronym is 'Acronym within the ontology (VISp).';
comment on column core.brain_region.region_name is 'Name in full.';
comment on column core.brain_region.region_number is 'Number of the region in the ontology.';
comment on column core.brain_region.parent_acronym is 'Region that it is part of; null for the whole.';
comment on column core.brain_region.level is 'Depth in the tree of regions; 0 for the whole.';
comment on column core.brain_region.graph_order is 'Place in the order in which the ontology lists its regions.';
select engine.set_tier('core.brain_region', 'manual');

create table core.probe_model (
    probe_model_name text not null,
    probe_model_id uuid,
    model_number text,
    manufacturer text,
    description text,
    constraint probe_model_pkey primary key (probe_model_name)
);
create index probe_model_probe_model_id_idx on core.probe_model (probe_model_id);
comment on table core.probe_model is 'Models of probes. One row per model.';
comment on column core.probe_model.probe_model_name is 'Name of the model (Neuropixel 3B2); the key.';
comment on column core.probe_model.probe_model_id is 'UUID of the model in the colony database.';
comment on column core.probe_model.model_number is 'Its maker''s name of it (3B2).';
comment on column core.probe_model.manufacturer is 'Who makes it.';
comment on column core.probe_model.description is 'Remarks on the model.';
select engine.set_tier('core.probe_model', 'lookup');

create table core.probe_insertion (
    probe_insertion_id uuid not null,
    session_id uuid not null,
    insertion_name text not null,
    probe_model_name text,
    serial_number text,
    qc smallint,
    constraint probe_insertion_pkey primary key (probe_insertion_id),
    constraint probe_insertion_session_fkey foreign key (session_id) references core.session on delete restrict,
    constraint probe_insertion_probe_model_fkey foreign key (probe_model_name)
        references core.probe_model on delete restrict,
    constraint probe_insertion_qc_outcome_fkey foreign key (qc) references core.qc_outcome on delete restrict
);
create index probe_insertion_session_idx on core.probe_insertion (session_id, insertion_name);
create index probe_insertion_probe_model_idx on core.probe_insertion (probe_model_name);
create index probe_insertion_qc_outcome_idx on core.probe_insertion (qc);
comment on table core.probe_insertion is 'Probes that were put into brains. One row per insertion of a session.';
comment on column core.probe_insertion.probe_insertion_id is 'UUID of the insertion in the colony database; the key.';
comment on column core.probe_insertion.session_id is 'The session.';
comment on column core.probe_insertion.insertion_name is 'Name within the session (probe00).';
comment on column core.probe_insertion.probe_model_name is 'Model of the probe.';
comment on column core.probe_insertion.serial_number is 'Serial number of the probe.';
comment on column core.probe_insertion.qc is 'Quality of the insertion; see core.qc_outcome.';
select engine.set_tier('core.probe_insertion', 'manual');

create table core.probe_insertion_qc_field (
    probe_insertion_id uuid not null,
    field_name text not null,
    qc_type text,
    qc smallint,
    number units.number,
    is_true boolean,
    text_value text,
    constraint probe_insertion_qc_field_pkey primary key (probe_insertion_id, field_name),
    constraint probe_insertion_qc_field_probe_insertion_fkey foreign key (probe_insertion_id)
        references core.probe_insertion on delete restrict,
    constraint probe_insertion_qc_field_qc_type_fkey foreign key (qc_type) references core.qc_type on delete restrict,
    constraint probe_insertion_qc_field_qc_outcome_fkey foreign key (qc) references core.qc_outcome on delete restrict
);
create index probe_insertion_qc_field_qc_type_idx on core.probe_insertion_qc_field (qc_type);
create index probe_insertion_qc_field_qc_outcome_idx on core.probe_insertion_qc_field (qc);
comment on table core.probe_insertion_qc_field is
    'Extended quality control of an insertion: verdicts and measured values. One row per insertion and field.';
comment on column core.probe_insertion_qc_field.probe_insertion_id is 'The insertion.';
comment on column core.probe_insertion_qc_field.field_name is 'Name of the field.';
comment on column core.probe_insertion_qc_field.qc_type is
    'Kind of quality control that the field belongs to, its own name where it is the verdict of that kind; null for others.';
comment on column core.probe_insertion_qc_field.qc is 'Verdict, where the field is one.';
comment on column core.probe_insertion_qc_field.number is 'Value of a number.';
comment on column core.probe_insertion_qc_field.is_true is 'Value of a truth value.';
comment on column core.probe_insertion_qc_field.text_value is 'Value of a text, or of a list as JSON.';
select engine.set_tier('core.probe_insertion_qc_field', 'manual');
