-- Regions that a table told of a session and no longer tells. Of a session whose table has none, or whose photometry is loaded, none go.
delete from photometry.listed_region as held
using listed_session_key as k
where
    held.session_id = k.session_id
    and k.is_taken
    and exists (select from listed_link as link where link.place = k.place and link.kind = 'region')
    and not exists (
        select from listed_link as link
        where link.place = k.place and link.kind = 'region' and link.position = held.position
    )
    and not exists (select from photometry.photometry_session as p where p.session_id = held.session_id)
