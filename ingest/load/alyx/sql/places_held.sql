-- What leads to places: UUIDs of places that are there, and names that one lab alone has.
insert into alyx_place (key, lab_name, place_name)
select place_id::text, lab_name, place_name
from core.place
where place_id is not null
union all
select place_name, min(lab_name), place_name
from core.place
group by place_name
having count(*) = 1
on conflict do nothing
