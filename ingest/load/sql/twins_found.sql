-- Sessions that would be there twice once they are loaded, by the rules of twins.sql: what a dry run tells.
-- Sessions that would be added or updated: $1 keys, $2 sources, $3 labs, $4 subjects, $5 dates, $6 numbers. Their files:
-- $7 keys of sessions, $8 types (trials.choice; empty: none), $9 sha256 (empty: not computed), $10 collections, $11 names, $12 bytes.
-- Columns: issue_type, issues (those that are not there already).
with found as materialized (
    select f.session_id::uuid as session_id, f.source, f.lab_name, f.nickname, f.session_date::date as session_date,
        nullif(f.session_number, '')::integer as session_number
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        as f (session_id, source, lab_name, nickname, session_date, session_number)
),
found_file as materialized (
    select f.session_id::uuid as session_id, nullif(f.dataset_type_name, '') as dataset_type_name, f.sha256, f.collection, f.dataset_name,
        f.size_bytes
    from unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[])
        as f (session_id, dataset_type_name, sha256, collection, dataset_name, size_bytes)
),
file as materialized (
    select session_id, dataset_type_name, sha256
    from found_file
    where sha256 <> ''
    union all
    select d.session_id, d.dataset_type_name, d.sha256
    from store.dataset as d
    where d.sha256 in (select sha256 from found_file) and d.session_id not in (select session_id from found)
),
everyone as materialized (
    select session_id, source, lab_name, nickname, session_date, session_number, true as is_found
    from found
    union all
    select s.session_id, s.source, subject.lab_name, subject.nickname, s.session_date, s.session_number, false
    from core.session as s
    join core.subject as subject on subject.subject_id = s.subject_id
    where s.session_id not in (select session_id from found) and (
        s.session_id in (select session_id from file)
        or (subject.lab_name, subject.nickname, s.session_date) in (select lab_name, nickname, session_date from found)
    )
),
trial_pair as materialized (
    select distinct mine.session_id, theirs.session_id as twin_id
    from found as me
    join file as mine on mine.session_id = me.session_id and mine.dataset_type_name in ('trials.choice', 'trials.table')
    join file as theirs
        on theirs.sha256 = mine.sha256
        and theirs.session_id <> mine.session_id
        and theirs.dataset_type_name in ('trials.choice', 'trials.table')
    where not exists (
        select
        from found_file as other
        where
            other.session_id = mine.session_id
            and other.dataset_type_name like 'trials.%'
            and not exists (
                select
                from file as copy
                where copy.session_id = theirs.session_id and copy.sha256 = other.sha256
            )
    )
),
same_files as (
    select distinct me.session_id, 'SameFiles' as issue_type
    from trial_pair
    join found as me on me.session_id = trial_pair.session_id
    join everyone as they on they.session_id = trial_pair.twin_id
    where
        not they.is_found
        or row(they.session_date, they.session_number, they.session_id)
            < row(me.session_date, me.session_number, me.session_id)
),
shared as materialized (
    select distinct mine.session_id, theirs.session_id as twin_id
    from found_file as mine
    join file as theirs on theirs.sha256 = mine.sha256 and theirs.session_id <> mine.session_id
    where
        exists (
            select
            from store.session_own_file as kind
            where
                kind.dataset_type_name is not distinct from mine.dataset_type_name
                and (kind.collection is null or kind.collection = mine.collection)
                and (kind.file_pattern is null or mine.dataset_name ~ kind.file_pattern)
                and mine.size_bytes >= kind.smallest_bytes
        )
        and not exists (
            select
            from trial_pair
            where
                (trial_pair.session_id = mine.session_id and trial_pair.twin_id = theirs.session_id)
                or (trial_pair.session_id = theirs.session_id and trial_pair.twin_id = mine.session_id)
        )
),
same_data as (
    select session_id, 'SameFiles' as issue_type from shared
    union
    select twin_id, 'SameFiles' from shared
),
same_session as (
    select distinct me.session_id, 'SameSession' as issue_type
    from found as me
    join everyone as they
        on they.lab_name = me.lab_name
        and they.nickname = me.nickname
        and they.session_date = me.session_date
        and they.session_number = me.session_number
        and they.session_id <> me.session_id
    where not they.is_found or they.session_id < me.session_id
)
select t.issue_type, count(*) as issues
from (table same_files union all table same_data union all table same_session) as t
where not exists (
    select
    from core.session_issue as i
    where i.session_id = t.session_id and i.issue_type = t.issue_type
)
group by t.issue_type
