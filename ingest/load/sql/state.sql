-- What the database holds of sessions, compared with the files that were found.
-- Sessions: $1 sources, $2 identifiers, $3 keys that they get when new; t or f: $4 whether the files hold photometry,
-- $5 whether they hold a wheel trace to be kept, $6 whether these are all files of the session, $7 whether its task asks
-- for no choices. Files: $8 the session's place in $1, $9 collections, $10 names, $11 revisions, $12 bytes, $13 sha256
-- (empty: not computed), $14 whether values come from them.
-- Columns, one row a session in the order of $1: session_id, is_known, is_loaded (has its trials or its photometry, or has
-- none to have), lacks_arrays (photometry or wheel that the files hold, but that was not taken from them: they were loaded
-- by a program that could not), changed_files, changed_used_files, gone_files (registered from such files, and no longer
-- there).
with known as materialized (
    select
        f.place,
        coalesce(a.session_id, f.key::uuid) as session_id,
        f.has_photometry = 't' as has_photometry,
        f.has_wheel = 't' as has_wheel,
        f.is_whole = 't' as is_whole,
        f.is_without_choices = 't' as is_without_choices
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
        with ordinality as f (
            source, identifier, key, has_photometry, has_wheel, is_whole, is_without_choices, place
        )
    left join core.session_alias as a on a.source = f.source and a.identifier = f.identifier
),
found as materialized (
    select known.session_id, known.place, f.collection, f.dataset_name, f.revision, f.size_bytes, f.sha256,
        f.is_used = 't' as is_used
    from unnest($8::bigint[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::text[], $14::text[])
        as f (place, collection, dataset_name, revision, size_bytes, sha256, is_used)
    join known on known.place = f.place
),
registered as materialized (
    select d.session_id, d.collection, d.dataset_name, d.revision, d.size_bytes, d.sha256, d.dataset_type_name
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
    exists (select from core.session as s where s.session_id = known.session_id) as is_known,
    exists (select from task.choice_session as c where c.session_id = known.session_id)
    or exists (select from photometry.photometry_session as p where p.session_id = known.session_id)
    or (
        known.is_without_choices
        and exists (select from registered as d where d.session_id = known.session_id and d.sha256 is not null)
    ) as is_loaded,
    (
        known.has_photometry
        and not exists (select from photometry.photometry_session as p where p.session_id = known.session_id)
    ) or (
        known.has_wheel
        and not exists (
            select from task.wheel_recording as w
            where w.session_id = known.session_id and w.position_array_id is not null
        )
    ) as lacks_arrays,
    coalesce(compared.changed_files, 0) as changed_files,
    coalesce(compared.changed_used_files, 0) as changed_used_files,
    coalesce(gone.gone_files, 0) as gone_files
from known
left join compared using (place)
left join gone using (place)
order by known.place
