-- Datasets of a subject's sessions that the checks ask for, for photometry.subject_catalog.
select distinct
    key.key_no,
    session.session_id,
    dataset_path.path
from key
join core.session using (subject_id)
join store.dataset using (session_id)
join photometry.dataset_path
    on dataset_path.path = case when dataset.collection = '' then '' else dataset.collection || '/' end || dataset.dataset_name
order by key.key_no, session.session_id, dataset_path.path
