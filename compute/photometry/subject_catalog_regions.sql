-- Regions of a subject's sessions, for photometry.subject_catalog: as each session lists them, and as its signals have them.
select
    key.key_no,
    session.session_id,
    region.is_signal,
    region.position,
    region.brain_region,
    region.column_name
from key
join core.session using (subject_id)
join lateral (
    select false as is_signal, position, brain_region, null as column_name
    from photometry.listed_region
    where listed_region.session_id = session.session_id
    union all
    select true, fiber_idx, brain_region, column_name
    from photometry.recording
    where recording.session_id = session.session_id
) as region on true
order by key.key_no, session.session_id, region.is_signal, region.position
