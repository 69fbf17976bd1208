-- Subjects. What the colony database does not tell of a subject that another source brought stays.
select
    k.subject_id,
    k.lab_name,
    m.nickname,
    case when m.sex in ('M', 'F') then m.sex else coalesce(held.sex, 'U') end as sex,
    coalesce(m.birth_date, held.birth_date) as birth_date,
    coalesce(m.wean_date, held.wean_date) as wean_date,
    coalesce(m.death_date, held.death_date) as death_date,
    coalesce(species.name, held.species_name) as species_name,
    coalesce(strain.name, held.strain_name) as strain_name,
    coalesce(line.name, held.line_name) as line_name,
    coalesce(source.name, held.source_name) as source_name,
    coalesce(litter.name, held.litter_name) as litter_name,
    coalesce(person.name, held.responsible_user) as responsible_user,
    coalesce(m.protocol_number, held.protocol_number) as protocol_number,
    coalesce(m.ear_mark, held.ear_mark) as ear_mark,
    coalesce(m.description, held.description) as description,
    m.cull_method,
    m.implant_weight as implant_weight_g,
    m.adverse_effects,
    severity.severity as actual_severity
from alyx_subject as m
join alyx_subject_key as k on k.pk = m.pk
left join core.subject as held on held.subject_id = k.subject_id and held.subject_id <> m.pk
left join alyx_name as species on species.kind = 'species' and species.key = m.species
left join alyx_name as strain on strain.kind = 'strain' and strain.key = m.strain
left join alyx_name as line on line.kind = 'line' and line.key = m.line
left join alyx_name as source on source.kind = 'source' and source.key = m.source
left join alyx_name as litter on litter.kind = 'litter' and litter.key = m.litter
left join alyx_name as person on person.kind = 'member' and person.key = m.responsible_user
left join core.severity as severity on severity.severity = m.actual_severity
