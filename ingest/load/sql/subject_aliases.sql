-- The sources' names of subjects. $1 labs, $2 nicknames, $3 sources, $4 identifiers.
insert into core.subject_alias (source, identifier, subject_id)
select distinct
    f.source,
    f.identifier,
    s.subject_id
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as f (lab_name, nickname, source, identifier)
join core.subject as s on s.lab_name = f.lab_name and s.nickname = f.nickname
where not exists (
    select from core.subject_alias as a where a.source = f.source and a.identifier = f.identifier
)
order by f.source, f.identifier
on conflict do nothing
