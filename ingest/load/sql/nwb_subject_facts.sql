-- What session files tell of mice, where nobody has told it. $1 array of {source, subject, sex, full_genotype, birth_date}.
with given as materialized (
    select distinct on (a.subject_id) a.subject_id, f.sex, f.full_genotype, f.birth_date
    from jsonb_to_recordset($1::jsonb) as f (source text, subject text, sex text, full_genotype text, birth_date date)
    join core.subject_alias as a on a.source = f.source and a.identifier = f.subject
    order by a.subject_id
),
new_line as (
    insert into core.line (line_name)
    select distinct full_genotype from given where full_genotype is not null
    on conflict do nothing
)
update core.subject as held
set
    sex = case when held.sex = 'U' and given.sex in ('M', 'F') then given.sex else held.sex end,
    line_name = coalesce(held.line_name, given.full_genotype),
    birth_date = coalesce(held.birth_date, given.birth_date)
from given
where
    held.subject_id = given.subject_id
    and (
        (held.sex = 'U' and given.sex in ('M', 'F'))
        or (held.line_name is null and given.full_genotype is not null)
        or (held.birth_date is null and given.birth_date is not null)
    )
