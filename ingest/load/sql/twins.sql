-- Issues of sessions that are there twice. $1 sessions that were loaded just now. Of two that were, the later one by date
-- and number is remarked upon, else the one that was loaded.
-- SameFiles: all its files of trials are another session's. SameSession: another source has the same subject, date and
-- number. Columns: issue_type, issues (new ones).
with loaded as (
    select s.session_id, s.subject_id, s.session_date, s.session_number, s.source
    from core.session as s
    where s.session_id = any ($1::text[]::uuid[])
),
same_files as (
    select
        me.session_id,
        'SameFiles' as issue_type,
        'all its files of trials are those of session ' || twin.name || ', which would count twice' as message
    from loaded as me
    cross join lateral (
        select subject.lab_name || '/' || subject.nickname || '/' || they.session_date || '/'
            || to_char(they.session_number, 'FM000') as name
        from store.dataset as mine
        join store.dataset as theirs
            on theirs.sha256 = mine.sha256
            and theirs.dataset_type_name in ('trials.choice', 'trials.table')
            and theirs.session_id <> mine.session_id
        join core.session as they on they.session_id = theirs.session_id
        join core.subject as subject on subject.subject_id = they.subject_id
        where
            mine.session_id = me.session_id
            and mine.dataset_type_name in ('trials.choice', 'trials.table')
            and (
                they.session_id <> all ($1::text[]::uuid[])
                or row(they.session_date, they.session_number, they.session_id)
                    < row(me.session_date, me.session_number, me.session_id)
            )
            and not exists (
                select
                from store.dataset as other
                where
                    other.session_id = me.session_id
                    and other.dataset_type_name like 'trials.%'
                    and not exists (
                        select
                        from store.dataset as copy
                        where copy.session_id = they.session_id and copy.sha256 = other.sha256
                    )
            )
        limit 1
    ) as twin
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
written as (
    insert into core.session_issue (session_id, dataset, issue_type, message)
    select session_id, 'trials', issue_type, message from same_files
    union all
    select session_id, '', issue_type, message from same_session
    on conflict do nothing
    returning issue_type
)
select issue_type, count(*) as issues
from written
group by issue_type
