-- Copies of datasets that are there on public repositories.
select distinct on (d.session_id, d.collection, d.dataset_name, d.revision, repository.name)
    d.session_id,
    d.collection,
    d.dataset_name,
    d.revision,
    repository.name as repository_name,
    m.relative_path,
    true as is_present,
    m.pk as file_record_id
from alyx_filerecord as m
join store.dataset as d on d.dataset_id = m.dataset
join alyx_name as repository on repository.kind = 'repository' and repository.key = m.data_repository
where m.exists and m.relative_path is not null and repository.name like 'flatiron%'
order by d.session_id, d.collection, d.dataset_name, d.revision, repository.name, m.pk
