-- What leads to sessions that other objects name.
insert into alyx_session_ref (key, session_id, time_zone)
with named as (
    select session as key from alyx_wateradministration where session is not null
    union
    select session from alyx_dataset where session is not null
    union
    select parent_session from alyx_session where parent_session is not null
    union
    select session from alyx_probeinsertion where session is not null
)
select named.key, k.session_id, k.time_zone
from named
join alyx_session_key as k on k.pk = named.key
union all
select named.key, held.session_id, coalesce(lab.time_zone, 'UTC')
from named
left join core.session_alias as a on a.source = 'alyx' and a.identifier = named.key::text
join core.session as held on held.session_id = coalesce(a.session_id, named.key)
join core.lab as lab on lab.lab_name = held.lab_name
on conflict do nothing
