-- Files that were loaded from sessions' trees and are no longer in them. $1 sessions; files that are there: $2 sessions,
-- $3..$5 collections, names, revisions. Copies that a repository lists, and single recordings, stay.
delete from store.dataset as d
where
    d.session_id = any ($1::text[]::uuid[])
    and d.sha256 is not null
    and not (d.collection = 'raw_photometry_data' and d.dataset_type_name is null)
    and not exists (
        select
        from unnest($2::text[], $3::text[], $4::text[], $5::text[])
            as f (session_id, collection, dataset_name, revision)
        where
            f.session_id::uuid = d.session_id
            and f.collection = d.collection
            and f.dataset_name = d.dataset_name
            and f.revision = d.revision
    )
    and not exists (
        select
        from store.file_record as r
        where
            r.session_id = d.session_id
            and r.collection = d.collection
            and r.dataset_name = d.dataset_name
            and r.revision = d.revision
    )
