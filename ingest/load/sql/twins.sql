-- Issues of sessions that are there twice. $1 sessions that were loaded just now.
-- SameFiles: all its files of trials are another session's; of two such sessions that were loaded the later one by date and
-- number is remarked upon, else the one that was loaded. Or a file that one session alone has (store.session_own_file) is also
-- another's; both are remarked upon, unless they share their trials. SameSession: another source has the same subject, date and
-- number. Remarks on shared files of the sessions, and of others on them, that no longer hold are removed.
-- Columns: issue_type, issues (new ones).
with loaded as materialized (
    select s.session_id, s.subject_id, s.session_date, s.session_number, s.source
    from core.session as s
    where s.session_id = any ($1::text[]::uuid[])
),
trial_pair as materialized (
    select distinct mine.session_id, theirs.session_id as twin_id
    from loaded as me
    join store.dataset as mine on mine.session_id = me.session_id and mine.dataset_type_name in ('trials.choice', 'trials.table')
    join store.dataset as theirs
        on theirs.sha256 = mine.sha256
        and theirs.dataset_type_name in ('trials.choice', 'trials.table')
        and theirs.session_id <> mine.session_id
    where not exists (
        select
        from store.dataset as other
        where
            other.session_id = mine.session_id
            and other.dataset_type_name like 'trials.%'
            and not exists (
                select
                from store.dataset as copy
                where copy.session_id = theirs.session_id and copy.sha256 = other.sha256
            )
    )
),
same_files as (
    select distinct on (me.session_id)
        me.session_id,
        'SameFiles' as issue_type,
        'all its files of trials are those of session ' || subject.lab_name || '/' || subject.nickname || '/' || they.session_date || '/'
            || to_char(they.session_number, 'FM000') || ', which would count twice' as message
    from trial_pair
    join loaded as me on me.session_id = trial_pair.session_id
    join core.session as they on they.session_id = trial_pair.twin_id
    join core.subject as subject on subject.subject_id = they.subject_id
    where
        they.session_id <> all ($1::text[]::uuid[])
        or row(they.session_date, they.session_number, they.session_id)
            < row(me.session_date, me.session_number, me.session_id)
    order by me.session_id, they.session_date, they.session_number, they.session_id
),
own_file as materialized (
    select d.session_id, d.dataset_name, d.sha256
    from store.dataset as d
    where
        d.session_id = any ($1::text[]::uuid[])
        and d.sha256 is not null
        and exists (
            select
            from store.session_own_file as kind
            where
                kind.dataset_type_name is not distinct from d.dataset_type_name
                and (kind.collection is null or kind.collection = d.collection)
                and (kind.file_pattern is null or d.dataset_name ~ kind.file_pattern)
                and d.size_bytes >= kind.smallest_bytes
        )
),
shared as materialized (
    select mine.session_id, theirs.session_id as twin_id, mine.dataset_name, theirs.dataset_name as twin_name
    from own_file as mine
    join store.dataset as theirs on theirs.sha256 = mine.sha256 and theirs.session_id <> mine.session_id
    where not exists (
        select
        from trial_pair
        where
            (trial_pair.session_id = mine.session_id and trial_pair.twin_id = theirs.session_id)
            or (trial_pair.session_id = theirs.session_id and trial_pair.twin_id = mine.session_id)
    )
),
in_both as (
    select session_id, twin_id, dataset_name from shared
    union
    select twin_id, session_id, twin_name from shared
),
same_data as (
    select distinct on (in_both.session_id)
        in_both.session_id,
        'SameFiles' as issue_type,
        in_both.dataset_name as dataset,
        'its file ' || in_both.dataset_name || ' is that of session '
            || concat_ws('/', subject.lab_name, subject.nickname, they.session_date, to_char(they.session_number, 'FM000'))
            || ' of source ' || they.source || ' (' || they.session_id || '), too: one measurement would count twice' as message
    from in_both
    join core.session as they on they.session_id = in_both.twin_id
    join core.subject as subject on subject.subject_id = they.subject_id
    order by in_both.session_id, they.session_date, they.session_id, in_both.dataset_name
),
same_session as (
    select
        me.session_id,
        'SameSession' as issue_type,
        'source ' || they.source || ' has a session of the same subject, date and number, too: ' || they.session_id
            as message
    from loaded as me
    join core.session as they
        on they.subject_id = me.subject_id
        and they.session_date = me.session_date
        and they.session_number = me.session_number
        and they.session_id <> me.session_id
    where they.session_id <> all ($1::text[]::uuid[]) or they.session_id < me.session_id
),
gone as (
    delete from core.session_issue as held
    where
        held.issue_type = 'SameFiles'
        and held.dataset <> 'trials'
        and exists (
            select
            from loaded
            where held.session_id = loaded.session_id or strpos(held.message, '(' || loaded.session_id || ')') > 0
        )
        and not exists (
            select
            from same_data
            where same_data.session_id = held.session_id and same_data.dataset = held.dataset and same_data.message = held.message
        )
),
written as (
    insert into core.session_issue (session_id, dataset, issue_type, message)
    select session_id, 'trials', issue_type, message from same_files
    union all
    select session_id, dataset, issue_type, message from same_data
    union all
    select session_id, '', issue_type, message from same_session
    on conflict do nothing
    returning issue_type
)
select issue_type, count(*) as issues
from written
group by issue_type
