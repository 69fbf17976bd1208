-- Regions of sessions whose own description lists none.
select k.session_id, link.position, link.name as brain_region
from listed_link as link
join listed_session_key as k using (place)
where
    link.kind = 'region'
    and k.is_taken
    and not exists (
        select from photometry.photometry_session as p where p.session_id = k.session_id
    )
