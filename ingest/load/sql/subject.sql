-- The subject, unless the source's name already leads to one. $1 key when new, $2 lab, $3 nickname, $4 source,
-- $5 identifier in that source.
insert into core.subject (subject_id, lab_name, nickname)
select
    $1::uuid,
    $2,
    $3
where not exists (select from core.subject_alias as a where a.source = $4 and a.identifier = $5)
on conflict do nothing
