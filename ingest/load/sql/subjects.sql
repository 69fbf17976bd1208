-- Subjects, unless the source's name already leads to one. $1 keys when new, $2 labs, $3 nicknames, $4 sources,
-- $5 identifiers in them.
insert into core.subject (subject_id, lab_name, nickname)
select distinct on (f.lab_name, f.nickname)
    f.key::uuid,
    f.lab_name,
    f.nickname
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    as f (key, lab_name, nickname, source, identifier)
where not exists (
    select from core.subject_alias as a where a.source = f.source and a.identifier = f.identifier
)
order by f.lab_name, f.nickname, f.key
on conflict do nothing
