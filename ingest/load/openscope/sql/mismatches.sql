-- Where tables, tracking files and loaded files of the experiment do not agree. Columns: issue_type, n_issues.
with mismatch as (
    select
        listed.session_id,
        'TableMismatch' as issue_type,
        format('mouse_df says %s %s, metadata %s', told.fact, coalesce(told.in_mouse_df, 'nothing'), coalesce(told.in_metadata, 'nothing'))
            as message
    from imaging.openscope_listing as listed
    join imaging.openscope_metadata as metadata using (session_id)
    cross join lateral (values
        ('quality control', case listed.pass_fail when 'P' then 'passed' else 'failed' end, metadata.allen_qc),
        ('mouse', listed.mouseid::text, metadata.dandi_allen_subject_id::text),
        ('mouse number', listed.mouse_n::text, metadata.local_subject_n::text),
        ('session number', listed.sess_n::text, metadata.local_session_n::text),
        ('start', listed.full_timestamp_text, coalesce(metadata.dandi_session_id, listed.full_timestamp_text)),
        ('day', listed.session_date::text, metadata.imaging_date::text),
        ('depth', listed.depth_um::text, metadata.imaging_depth_um::text),
        ('ROIs', listed.nrois::text, metadata.n_rois::text),
        ('seed', listed.stim_seed::text, metadata.stimulus_seed::text)
    ) as told (fact, in_mouse_df, in_metadata)
    where told.in_mouse_df is distinct from told.in_metadata
    union all
    select
        loaded.session_id,
        'TableMismatch',
        format('mouse_df says %s ROIs, the session''s file has %s', listed.nrois, loaded.n_rois)
    from task.openscope_session as loaded
    join imaging.openscope_listing as listed using (session_id)
    where listed.nrois <> loaded.n_rois
),
tracked as (
    select session_id, 'file' as told_by, count(*) as n_tracked
    from imaging.roi
    join task.openscope_session using (session_id)
    where tracking_id is not null
    group by session_id
    union all
    select session_id, 'tracking file', n_tracked
    from imaging.roi_tracking
),
tracking as (
    select
        session_id,
        'TrackingMismatch' as issue_type,
        format('mouse_df says %s tracked ROIs, the session''s %s %s', listed.nrois_tracked, tracked.told_by, tracked.n_tracked) as message
    from tracked
    join imaging.openscope_listing as listed using (session_id)
    where listed.nrois_tracked <> tracked.n_tracked
    union
    select
        one.session_id,
        'TrackingMismatch',
        format(
            'the session''s %s tracks %s ROIs, that of session %s of the mouse %s', one.told_by, one.n_tracked, of_other.sessid, other.n_tracked)
    from tracked as one
    join core.session as s using (session_id)
    join core.session as t on t.subject_id = s.subject_id and t.session_id <> s.session_id
    join tracked as other on other.session_id = t.session_id and other.told_by = one.told_by
    join imaging.openscope_listing as of_other on of_other.session_id = t.session_id
    where other.n_tracked <> one.n_tracked
),
wanted as (
    select * from mismatch
    union
    select * from tracking
),
gone as (
    delete from core.session_issue as held
    where held.dataset = 'openscope tables'
        and not exists (
            select from wanted
            where wanted.session_id = held.session_id
                and wanted.issue_type = held.issue_type
                and wanted.message = held.message
        )
),
added as (
    insert into core.session_issue (session_id, dataset, issue_type, message)
    select session_id, 'openscope tables', issue_type, message
    from wanted
    on conflict do nothing
)
select issue_type, count(*) as n_issues
from wanted
group by issue_type
