-- Datasets. What was loaded from a file stays as the file is; what a list does not tell stays as it is known.
select distinct on (k.session_id, m.collection, m.dataset_name, m.revision)
    k.session_id,
    m.collection,
    m.dataset_name,
    m.revision,
    coalesce(m.dataset_id, held.dataset_id) as dataset_id,
    coalesce(held.dataset_type_name, kind.dataset_type_name) as dataset_type_name,
    coalesce(held.format_name, format.format_name) as format_name,
    case when held.sha256 is not null then held.size_bytes else coalesce(m.size_bytes, held.size_bytes) end as size_bytes,
    coalesce(m.md5, held.md5) as md5,
    coalesce(m.size_bytes, held.listed_bytes) as listed_bytes,
    coalesce(m.is_default, held.is_default_revision, true) as is_default_revision,
    coalesce(outcome.qc, held.qc) as qc
from listed_dataset as m
join listed_key as k using (identifier)
left join store.dataset as held
    on held.session_id = k.session_id
    and held.collection = m.collection
    and held.dataset_name = m.dataset_name
    and held.revision = m.revision
left join store.dataset_type as kind on kind.dataset_type_name = m.dataset_type_name
left join (
    select distinct on (file_extension) file_extension, format_name
    from store.data_format
    order by file_extension, length(format_name), format_name
) as format on format.file_extension = '.' || m.extension
left join core.qc_outcome as outcome on outcome.label = upper(m.outcome) or outcome.qc::text = m.outcome
order by k.session_id, m.collection, m.dataset_name, m.revision, m.is_present desc, m.place
