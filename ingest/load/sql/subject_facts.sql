-- What sessions tell of their subjects, where it is not known yet. $1 sources, $2 subjects' identifiers in them, $3 sexes,
-- $4 days of birth, $5 species, $6 strains, $7 lines, $8 remarks (empty: not told).
with given as materialized (
    select
        a.subject_id,
        min(nullif(f.sex, '')) as sex,
        min(nullif(f.birth_date, ''))::date as birth_date,
        min(nullif(f.species, '')) as species_name,
        min(nullif(f.strain, '')) as strain_name,
        min(nullif(f.line, '')) as line_name,
        min(nullif(f.description, '')) as description
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        as f (source, identifier, sex, birth_date, species, strain, line, description)
    join core.subject_alias as a on a.source = f.source and a.identifier = f.identifier
    group by a.subject_id
),
new_species as (
    insert into core.species (species_name)
    select distinct species_name
    from given
    where species_name is not null
    order by species_name
    on conflict do nothing
),
new_strain as (
    insert into core.strain (strain_name)
    select distinct strain_name
    from given
    where strain_name is not null
    order by strain_name
    on conflict do nothing
),
new_line as (
    insert into core.line (line_name)
    select distinct line_name
    from given
    where line_name is not null
    order by line_name
    on conflict do nothing
)
update core.subject as s
set
    sex = case when s.sex = 'U' then coalesce(given.sex, s.sex) else s.sex end,
    birth_date = coalesce(s.birth_date, given.birth_date),
    species_name = coalesce(s.species_name, given.species_name),
    strain_name = coalesce(s.strain_name, given.strain_name),
    line_name = coalesce(s.line_name, given.line_name),
    description = coalesce(s.description, given.description)
from given
where
    s.subject_id = given.subject_id
    and (
        (s.sex = 'U' and given.sex is not null)
        or (s.birth_date is null and given.birth_date is not null)
        or (s.species_name is null and given.species_name is not null)
        or (s.strain_name is null and given.strain_name is not null)
        or (s.line_name is null and given.line_name is not null)
        or (s.description is null and given.description is not null)
    )
