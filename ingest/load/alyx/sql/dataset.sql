-- Datasets: files of sessions. What was loaded from a file stays as the file is.
select distinct on (r.session_id, coalesce(m.collection, ''), m.name, revision.name)
    r.session_id,
    coalesce(m.collection, '') as collection,
    m.name as dataset_name,
    revision.name as revision,
    m.pk as dataset_id,
    coalesce(kind.name, held.dataset_type_name) as dataset_type_name,
    coalesce(format.name, held.format_name) as format_name,
    case when held.sha256 is not null then held.size_bytes when m.file_size < 9e15 then m.file_size::bigint end as size_bytes,
    case
        when lower(replace(m.md5, '-', '')) ~ '^[0-9a-f]{32}$' then lower(replace(m.md5, '-', ''))
        when lower(replace(m.hash, '-', '')) ~ '^[0-9a-f]{32}$' then lower(replace(m.hash, '-', ''))
    end as md5,
    case when m.file_size < 9e15 then m.file_size::bigint end as listed_bytes,
    m.created_datetime at time zone case when m.is_utc then 'UTC' else r.time_zone end as created_at,
    creator.name as created_by,
    m.generating_software,
    m.version as software_version,
    m.provenance_directory,
    coalesce(m.default_dataset, true) as is_default_revision,
    outcome.qc
from alyx_dataset as m
join alyx_session_ref as r on r.key = m.session
left join alyx_name as known_revision on known_revision.kind = 'revision' and known_revision.key = m.revision
cross join lateral (
    select coalesce(known_revision.name, case when length(m.revision) <> 36 then m.revision end, '') as name
) as revision
left join store.dataset as held
    on held.session_id = r.session_id
    and held.collection = coalesce(m.collection, '')
    and held.dataset_name = m.name
    and held.revision = revision.name
left join alyx_name as kind on kind.kind = 'dataset_type' and kind.key = m.dataset_type
left join alyx_name as format on format.kind = 'data_format' and format.key = m.data_format
left join alyx_name as creator on creator.kind = 'member' and creator.key = m.created_by
left join core.qc_outcome as outcome on outcome.qc = m.qc
where m.name is not null
order by r.session_id, coalesce(m.collection, ''), m.name, revision.name, m.created_datetime desc nulls last, m.pk
