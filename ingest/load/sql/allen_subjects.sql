-- Mice, and their genotypes as lines. What another source has told stays where the tables tell nothing.
-- $1 array of {subject_id, mouse_id, sex, full_genotype, birth_date}, $2 lab, $3 source.
with given as materialized (
    select *
    from jsonb_to_recordset($1::jsonb)
        as g (subject_id uuid, mouse_id text, sex text, full_genotype text, birth_date date)
),
new_line as (
    insert into core.line (line_name)
    select distinct full_genotype from given where full_genotype is not null
    on conflict do nothing
),
written as (
    insert into core.subject as held (subject_id, lab_name, nickname, sex, line_name, birth_date)
    select
        subject_id,
        $2,
        mouse_id,
        case when sex in ('M', 'F') then sex else 'U' end,
        full_genotype,
        birth_date
    from given
    order by mouse_id
    on conflict (lab_name, nickname) do update
    set sex = coalesce(nullif(excluded.sex, 'U'), held.sex),
        line_name = coalesce(excluded.line_name, held.line_name),
        birth_date = coalesce(excluded.birth_date, held.birth_date)
    where (coalesce(nullif(excluded.sex, 'U'), held.sex), coalesce(excluded.line_name, held.line_name),
           coalesce(excluded.birth_date, held.birth_date))
        is distinct from (held.sex, held.line_name, held.birth_date)
    returning held.subject_id, held.nickname
)
insert into core.subject_alias (source, identifier, subject_id)
select $3, given.mouse_id, coalesce(written.subject_id, subject.subject_id)
from given
left join written on written.nickname = given.mouse_id
left join core.subject on subject.lab_name = $2 and subject.nickname = given.mouse_id
order by given.mouse_id
on conflict do nothing
