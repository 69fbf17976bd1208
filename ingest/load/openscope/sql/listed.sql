-- What mouse_df says of sessions of a source. $1 source.
-- Columns: sessid, mouseid, full_timestamp (20180926T172917), session_date, nrois, nrois_tracked.
select
    listed.sessid,
    listed.mouseid,
    listed.full_timestamp_text as full_timestamp,
    listed.session_date::text as session_date,
    listed.nrois::bigint as nrois,
    listed.nrois_tracked::bigint as nrois_tracked
from imaging.openscope_listing as listed
join core.session as s using (session_id)
where s.source = $1
order by listed.sessid
