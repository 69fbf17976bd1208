-- Datasets whose files are not as sources list them. Source: spec/known_troubles.md, 2, row 2.

create or replace function store.listed_faults(p_sessions uuid[])
returns table (session_id uuid, dataset text, issue_type text, message text)
language sql stable as $$
    with dataset as not materialized (
        select
            d.*,
            case when d.collection = '' then '' else d.collection || '/' end
                || case when d.revision = '' then '' else '#' || d.revision || '#/' end || d.dataset_name as path,
            -- _ibl_trials.choice.npy: trials
            split_part(regexp_replace(d.dataset_name, '^_[A-Za-z0-9]+_', ''), '.', 1) as object
        from store.dataset as d
    )
    select
        d.session_id,
        d.path as dataset,
        'HashMismatch' as issue_type,
        format('the file that was loaded has %s bytes%s, dataset %s is listed with %s%s: fetch it again',
            d.size_bytes, ' and MD5 ' || d.file_md5, coalesce(d.dataset_id::text, 'without id'), coalesce(d.listed_bytes || ' bytes', ''),
            case when d.listed_bytes is null then '' else ' and ' end || 'MD5 ' || d.md5) as message
    from dataset as d
    where d.session_id = any (p_sessions)
        and d.sha256 is not null
        and (d.file_md5 <> d.md5 or d.listed_bytes <> d.size_bytes)
    union all
    select
        d.session_id,
        d.path,
        'UnknownFile',
        format('dataset %s is listed, its file is not in the session that was loaded: fetch it', coalesce(d.dataset_id::text, 'without id'))
    from dataset as d
    where d.session_id = any (p_sessions)
        and d.sha256 is null
        and d.is_default_revision
        and coalesce(d.dataset_id::text, d.md5, d.listed_bytes::text) is not null
        -- Of what was loaded of others nobody expects all that exists: only parts of an object of which there are others.
        and exists (
            select
            from dataset as loaded
            where loaded.session_id = d.session_id
                and loaded.collection = d.collection
                and loaded.object = d.object
                and loaded.file_md5 is not null
        )
        and not exists (
            select
            from store.file_record as copy
            where copy.session_id = d.session_id
                and copy.collection = d.collection
                and copy.dataset_name = d.dataset_name
                and copy.revision = d.revision
            having not bool_or(copy.is_present)
        )
$$;
comment on function store.listed_faults(uuid[]) is
    'Datasets of sessions whose files are not as a source (a list, the colony database) has them: loaded with another size or MD5 '
    '(HashMismatch), or absent while other files of their object were loaded (UnknownFile). One row per dataset, as core.session_issue has them.';

create or replace function store.note_listed_faults(p_sessions uuid[])
returns bigint
language sql as $$
    with fault as materialized (
        select *
        from store.listed_faults(p_sessions)
    ),
    mended as (
        delete from core.session_issue as i
        where i.session_id = any (p_sessions)
            and i.issue_type in ('HashMismatch', 'UnknownFile')
            and not exists (
                select
                from fault
                where fault.session_id = i.session_id
                    and fault.dataset = i.dataset
                    and fault.issue_type = i.issue_type
                    and fault.message = i.message
            )
    ),
    added as (
        insert into core.session_issue (session_id, dataset, issue_type, message)
        select session_id, dataset, issue_type, message
        from fault
        order by session_id, dataset, issue_type
        on conflict do nothing
        returning 1
    )
    select count(*) from added
$$;
comment on function store.note_listed_faults(uuid[]) is
    'Makes issues of sessions what store.listed_faults says of them now, and takes back what no longer holds. Gives how many are new.';
