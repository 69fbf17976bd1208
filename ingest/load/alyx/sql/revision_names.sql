-- Revisions by their UUIDs.
insert into alyx_name
select 'revision', pk::text, name
from alyx_revision
where name is not null
on conflict do nothing
