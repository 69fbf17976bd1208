-- Files of sessions. $1 sessions, $2..$10 collection, name, revision, bytes, sha256, kind, extension, UUID, MD5 (empty: not computed).
-- A format that the lookup does not know is null; rows that say the same already are not touched.
insert into store.dataset as d (
    session_id, collection, dataset_name, revision, dataset_id, dataset_type_name, format_name, size_bytes, sha256,
    file_md5
)
select
    f.session_id::uuid,
    f.collection,
    f.dataset_name,
    f.revision,
    nullif(f.dataset_id, '')::uuid,
    dataset_type.dataset_type_name,
    format.format_name,
    f.size_bytes,
    nullif(f.sha256, ''),
    nullif(f.md5, '')
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[]
) as f (
    session_id, collection, dataset_name, revision, size_bytes, sha256, dataset_type_name, extension, dataset_id, md5
)
left join store.dataset_type on dataset_type.dataset_type_name = f.dataset_type_name
left join (
    select distinct on (file_extension) file_extension, format_name
    from store.data_format
    order by file_extension, length(format_name), format_name
) as format on format.file_extension = '.' || f.extension
order by f.session_id, f.collection, f.dataset_name, f.revision
on conflict (session_id, collection, dataset_name, revision) do update
set
    dataset_id = coalesce(d.dataset_id, excluded.dataset_id),
    dataset_type_name = coalesce(d.dataset_type_name, excluded.dataset_type_name),
    format_name = coalesce(d.format_name, excluded.format_name),
    size_bytes = excluded.size_bytes,
    sha256 = excluded.sha256,
    file_md5 = excluded.file_md5,
    checked_md5 = d.md5
where
    d.size_bytes is distinct from excluded.size_bytes
    or d.sha256 is distinct from excluded.sha256
    or d.file_md5 is distinct from excluded.file_md5
    or d.checked_md5 is distinct from d.md5
