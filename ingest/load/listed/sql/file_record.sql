-- Copies of datasets on the repository that the list tells of, which is not this machine; its name stands for the word in braces.
select distinct on (k.session_id, m.collection, m.dataset_name, m.revision)
    k.session_id,
    m.collection,
    m.dataset_name,
    m.revision,
    {repository} as repository_name,
    coalesce(
        m.relative_path,
        s.lab_name || '/Subjects/' || subject.nickname || '/' || s.session_date || '/'
            || lpad(s.session_number::text, greatest(3, length(s.session_number::text)), '0') || '/'
            || case when m.collection = '' then '' else m.collection || '/' end
            || case when m.revision = '' then '' else '#' || m.revision || '#/' end || m.dataset_name,
        case when m.collection = '' then '' else m.collection || '/' end
            || case when m.revision = '' then '' else '#' || m.revision || '#/' end || m.dataset_name
    ) as relative_path,
    m.is_present
from listed_dataset as m
join listed_key as k using (identifier)
join core.session as s on s.session_id = k.session_id
join core.subject on subject.subject_id = s.subject_id
order by k.session_id, m.collection, m.dataset_name, m.revision, m.is_present desc, m.place
