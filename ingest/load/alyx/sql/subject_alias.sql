-- UUIDs of the colony database lead to its subjects.
insert into core.subject_alias (source, identifier, subject_id)
select 'alyx', pk::text, subject_id
from alyx_subject_key
where pk is not null
order by pk
on conflict (source, identifier) do update
set subject_id = excluded.subject_id
where core.subject_alias.subject_id <> excluded.subject_id
