-- What the database holds of sessions, compared with the files that were found. What it holds of their worlds' rows is
-- asked by the worlds.
-- Sessions: $1 sources, $2 identifiers, $3 keys that they get when new, $4 t where these are all files of the session.
-- Files: $5 the session's place in $1, $6 collections, $7 names, $8 revisions, $9 bytes, $10 sha256 (empty: not computed),
-- $11 t where values come from them. Further names of the sessions: $12 places in $1, $13 sources, $14 identifiers.
-- Files again: $15 MD5 (empty: not computed). A file that is listed with another one since it was loaded counts as changed.
-- Columns, one row a session in the order of $1: session_id, is_known, lab_name (empty: not known), changed_files,
-- changed_used_files, gone_files (registered from such files, and no longer there).
with other_name as materialized (
    select f.place, min(a.session_id::text)::uuid as session_id
    from unnest($12::bigint[], $13::text[], $14::text[]) as f (place, source, identifier)
    join core.session_alias as a on a.source = f.source and a.identifier = f.identifier
    group by f.place
),
known as materialized (
    select
        f.place,
        coalesce(a.session_id, other_name.session_id, f.key::uuid) as session_id,
        f.is_whole = 't' as is_whole
    from unnest($1::text[], $2::text[], $3::text[], $4::text[])
        with ordinality as f (source, identifier, key, is_whole, place)
    left join core.session_alias as a on a.source = f.source and a.identifier = f.identifier
    left join other_name on other_name.place = f.place
),
found as materialized (
    select known.session_id, known.place, f.collection, f.dataset_name, f.revision, f.size_bytes, f.sha256,
        f.is_used = 't' as is_used, f.md5
    from unnest($5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[], $15::text[])
        as f (place, collection, dataset_name, revision, size_bytes, sha256, is_used, md5)
    join known on known.place = f.place
),
registered as materialized (
    select d.session_id, d.collection, d.dataset_name, d.revision, d.size_bytes, d.sha256, d.dataset_type_name, d.md5,
        d.checked_md5
    from known
    join store.dataset as d on d.session_id = known.session_id
),
compared as (
    select
        found.place,
        count(*) as changed_files,
        count(*) filter (where found.is_used) as changed_used_files
    from found
    left join registered as d using (session_id, collection, dataset_name, revision)
    where
        d.session_id is null
        or d.size_bytes is distinct from found.size_bytes
        or (found.sha256 <> '' and d.sha256 is distinct from found.sha256)
        or (found.md5 <> '' and d.md5 <> found.md5 and d.checked_md5 is distinct from d.md5)
    group by found.place
),
gone as (
    select known.place, count(*) as gone_files
    from known
    join registered as d on d.session_id = known.session_id
    left join found
        on found.session_id = d.session_id
        and found.collection = d.collection
        and found.dataset_name = d.dataset_name
        and found.revision = d.revision
    where
        known.is_whole
        and d.sha256 is not null
        -- Single recordings are registered so, by another command.
        and not (d.collection = 'raw_photometry_data' and d.dataset_type_name is null)
        and found.session_id is null
    group by known.place
)
select
    known.session_id::text as session_id,
    held.session_id is not null as is_known,
    coalesce(held.lab_name, '') as lab_name,
    coalesce(compared.changed_files, 0) as changed_files,
    coalesce(compared.changed_used_files, 0) as changed_used_files,
    coalesce(gone.gone_files, 0) as gone_files
from known
left join core.session as held on held.session_id = known.session_id
left join compared using (place)
left join gone using (place)
order by known.place
