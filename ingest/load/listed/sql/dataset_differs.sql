-- Files that were loaded, and that the list has with another size: the list's is a newer or an older one. The file's rows stay.
insert into core.session_issue (session_id, dataset, issue_type, message)
select distinct
    k.session_id,
    case when m.collection = '' then '' else m.collection || '/' end
        || case when m.revision = '' then '' else '#' || m.revision || '#/' end || m.dataset_name,
    'HashMismatch',
    'the file that was loaded has ' || held.size_bytes || ' bytes, the list that names it (' || $1 || ') says ' || m.size_bytes
        || coalesce(' of dataset ' || m.dataset_id, '') || ': fetch it again'
from listed_dataset as m
join listed_key as k using (identifier)
join store.dataset as held
    on held.session_id = k.session_id
    and held.collection = m.collection
    and held.dataset_name = m.dataset_name
    and held.revision = m.revision
where held.sha256 is not null and held.size_bytes <> m.size_bytes
on conflict do nothing
