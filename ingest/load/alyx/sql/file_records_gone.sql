-- Copies that were there and are no longer.
update store.file_record as held
set is_present = false
from alyx_filerecord as m
join store.dataset as d on d.dataset_id = m.dataset
join alyx_name as repository on repository.kind = 'repository' and repository.key = m.data_repository
where
    not coalesce(m.exists, true)
    and held.session_id = d.session_id
    and held.collection = d.collection
    and held.dataset_name = d.dataset_name
    and held.revision = d.revision
    and held.repository_name = repository.name
    and held.file_record_id = m.pk
    and held.is_present
