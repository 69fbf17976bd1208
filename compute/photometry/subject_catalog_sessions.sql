-- Sessions of a subject in order, for photometry.subject_catalog. Times are those that the rig's clock showed.
-- Sessions of the photometry project count as photometry sessions even when nothing of it could be loaded.
select
    key.key_no,
    session.session_id,
    subject.nickname,
    subject.strain_name,
    subject.line_name,
    session.session_date,
    min(session.session_date) over (partition by key.key_no)::text as first_session_date,
    extract(epoch from session.start_time at time zone coalesce(lab.time_zone, 'UTC'))::double precision as start_local_s,
    extract(epoch from session.end_time at time zone coalesce(lab.time_zone, 'UTC'))::double precision as end_local_s,
    session.task_protocol,
    exists (
        select from photometry.photometry_session where photometry_session.session_id = session.session_id
    )
    or exists (select from photometry.listed_region where listed_region.session_id = session.session_id)
    or exists (
        select from core.session_project
        where session_project.session_id = session.session_id
            and session_project.project_name = 'ibl_fibrephotometry'
    ) as is_photometry
from key
join core.subject using (subject_id)
join core.session using (subject_id)
join core.lab on lab.lab_name = session.lab_name
order by key.key_no, session.session_date, session.start_time nulls last, session.session_number nulls last, session.session_id
