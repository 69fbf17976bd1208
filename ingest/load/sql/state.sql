-- What the database holds of a session, compared with the files that were found.
-- $1 source, $2 identifier, $3 key that it gets when new, $4..$9 files: collection, name, revision, bytes, sha256
-- (empty: not computed), whether values come from it,
-- $10 whether the files hold photometry, $11 whether they hold a wheel trace to be kept.
-- Columns: session_id, is_known, is_loaded (has its trials or its photometry), lacks_arrays (photometry or wheel that the
-- files hold, but that was not taken from them: they were loaded by a program that could not), changed_files,
-- changed_used_files.
with known as (
    select coalesce(
        (select a.session_id from core.session_alias as a where a.source = $1 and a.identifier = $2),
        $3::uuid
    ) as session_id
),
found as (
    select *
    from unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[])
        as f (collection, dataset_name, revision, size_bytes, sha256, is_used)
),
changed as (
    select found.is_used = 't' as is_used
    from found
    cross join known
    left join store.dataset as d
        on d.session_id = known.session_id
        and d.collection = found.collection
        and d.dataset_name = found.dataset_name
        and d.revision = found.revision
    where
        d.session_id is null
        or d.size_bytes is distinct from found.size_bytes
        or (found.sha256 <> '' and d.sha256 is distinct from found.sha256)
)
select
    known.session_id::text as session_id,
    exists (select from core.session as s where s.session_id = known.session_id) as is_known,
    exists (select from task.choice_session as c where c.session_id = known.session_id)
        or exists (select from photometry.photometry_session as p where p.session_id = known.session_id) as is_loaded,
    (
        $10::boolean
        and not exists (select from photometry.photometry_session as p where p.session_id = known.session_id)
    ) or (
        $11::boolean
        and not exists (
            select from task.wheel_recording as w
            where w.session_id = known.session_id and w.position_array_id is not null
        )
    ) as lacks_arrays,
    (select count(*) from changed) as changed_files,
    (select count(*) from changed where is_used) as changed_used_files
from known
