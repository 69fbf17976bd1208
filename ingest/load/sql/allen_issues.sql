-- What the tables say that people should know, anew for these sessions: starts of one mouse within a quarter of an hour, which is the
-- shortest stage, anew for the mouse's other sessions too that are near or were; what the session's own file says otherwise; and
-- sessions that imaging tables name alone. $1 sessions, $2 what the issues are of, $3 of the sessions, those that the table of behaviour
-- sessions lacks (null: it was not given), $4 their numbers.
with given as materialized (
    select s.session_id, s.subject_id, s.start_time, s.rig
    from unnest($1::text[]) as f (session_id)
    join core.session as s on s.session_id = f.session_id::uuid
),
session as materialized (
    select * from given
    union
    select other.session_id, other.subject_id, other.start_time, other.rig
    from given
    join core.session as other
        on other.subject_id = given.subject_id
        and (
            other.start_time between given.start_time - interval '15 minutes' and given.start_time + interval '15 minutes'
            or exists (
                select from core.session_issue as held
                where held.session_id = other.session_id and held.dataset = $2 and held.issue_type = 'OverlappingSessions'
            )
        )
),
overlap as (
    select
        session.session_id,
        'OverlappingSessions' as issue_type,
        format(
            'the mouse has another session, %s, on %s %s s %s this one on %s',
            coalesce(
                listed.behavior_session_id::text,
                other.details ->> 'behavior_session_id',
                (select min(alias.identifier) from core.session_alias as alias where alias.session_id = other.session_id),
                other.session_id::text
            ),
            coalesce(other.rig, 'an unnamed rig'), abs(round(extract(epoch from other.start_time - session.start_time))),
            case when other.start_time < session.start_time then 'before' else 'after' end, coalesce(session.rig, 'an unnamed rig')) as message
    from session
    join core.session as other
        on other.subject_id = session.subject_id
        and other.session_id <> session.session_id
        and other.start_time between session.start_time - interval '15 minutes' and session.start_time + interval '15 minutes'
    left join task.behavior_session as listed on listed.session_id = other.session_id
),
mismatch as (
    select
        session.session_id,
        'TableFileMismatch' as issue_type,
        format('the table says %s, the session''s file %s; the file''s word stands', told.in_table, told.in_file) as message
    from session
    join task.change_session using (session_id)
    left join task.behavior_session as listed using (session_id)
    left join imaging.ophys_session as imaged using (session_id)
    cross join lateral (values
        ('session type ' || coalesce(listed.session_type, imaged.session_type), 'session type ' || change_session.session_type),
        ('image set ' || coalesce(listed.image_set, imaged.image_set), 'image set ' || change_session.image_set),
        ('start ' || (coalesce(listed.date_of_acquisition, imaged.date_of_acquisition) at time zone 'UTC')::text,
         'start ' || (session.start_time at time zone 'UTC')::text)
    ) as told (in_table, in_file)
    where told.in_table <> told.in_file
),
wanted as (
    select * from overlap
    union
    select * from mismatch
    union
    select
        f.session_id::uuid,
        'UnknownSession',
        format('behaviour session %s is in the tables of imaging, and in no row of behavior_session_table', f.behavior_session_id)
    from unnest($3::text[], $4::bigint[]) as f (session_id, behavior_session_id)
),
gone as (
    delete from core.session_issue as held
    using session
    where held.session_id = session.session_id
        and held.dataset = $2
        and (
            held.issue_type in ('OverlappingSessions', 'TableFileMismatch')
            or (held.issue_type = 'UnknownSession' and $3 is not null and held.session_id = any ($1::text[]::uuid[]))
        )
        and not exists (
            select from wanted
            where wanted.session_id = held.session_id
                and wanted.issue_type = held.issue_type
                and wanted.message = held.message
        )
),
added as (
    insert into core.session_issue (session_id, dataset, issue_type, message)
    select session_id, $2, issue_type, message
    from wanted
    on conflict do nothing
)
select issue_type, count(*) as n_issues from wanted group by issue_type
