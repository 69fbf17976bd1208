-- A subject; nulls leave what is known. $1 lab, $2 nickname, $3 sex, $4 birth, $5 weaning, $6 death, $7 species, $8 strain,
-- $9 line, $10 source, $11 responsible person, $12 project, $13 protocol number, $14 ear mark, $15 remarks, $16 key when new.
with subject as (
    insert into core.subject as s (
        subject_id, lab_name, nickname, sex, birth_date, wean_date, death_date, species_name, strain_name, line_name,
        source_name, responsible_user, protocol_number, ear_mark, description
    )
    select
        $16::uuid, $1, $2, coalesce($3, 'U'), $4::date, $5::date, $6::date, $7, $8, $9, $10, $11, $13::integer, $14, $15
    on conflict (lab_name, nickname) do update
    set
        sex = coalesce($3, s.sex),
        birth_date = coalesce(excluded.birth_date, s.birth_date),
        wean_date = coalesce(excluded.wean_date, s.wean_date),
        death_date = coalesce(excluded.death_date, s.death_date),
        species_name = coalesce(excluded.species_name, s.species_name),
        strain_name = coalesce(excluded.strain_name, s.strain_name),
        line_name = coalesce(excluded.line_name, s.line_name),
        source_name = coalesce(excluded.source_name, s.source_name),
        responsible_user = coalesce(excluded.responsible_user, s.responsible_user),
        protocol_number = coalesce(excluded.protocol_number, s.protocol_number),
        ear_mark = coalesce(excluded.ear_mark, s.ear_mark),
        description = coalesce(excluded.description, s.description)
    where (
        coalesce($3, s.sex),
        coalesce(excluded.birth_date, s.birth_date),
        coalesce(excluded.wean_date, s.wean_date),
        coalesce(excluded.death_date, s.death_date),
        coalesce(excluded.species_name, s.species_name),
        coalesce(excluded.strain_name, s.strain_name),
        coalesce(excluded.line_name, s.line_name),
        coalesce(excluded.source_name, s.source_name),
        coalesce(excluded.responsible_user, s.responsible_user),
        coalesce(excluded.protocol_number, s.protocol_number),
        coalesce(excluded.ear_mark, s.ear_mark),
        coalesce(excluded.description, s.description)
    ) is distinct from (
        s.sex, s.birth_date, s.wean_date, s.death_date, s.species_name, s.strain_name, s.line_name, s.source_name,
        s.responsible_user, s.protocol_number, s.ear_mark, s.description
    )
    returning s.subject_id, xmax = 0 as is_added
),
project as (
    insert into core.subject_project (subject_id, project_name)
    select
        coalesce(
            (select subject_id from subject),
            (select s.subject_id from core.subject as s where s.lab_name = $1 and s.nickname = $2)
        ),
        $12::text
    where $12::text is not null
    on conflict do nothing
    returning 1
)
select is_added
from subject
union all
select false
from project
