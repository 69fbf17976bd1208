-- Names of places that have changed, unless another place of the lab is called so.
update core.place as held
set place_name = m.name
from alyx_lablocation as m
where held.place_id = m.pk
    and held.place_name <> m.name
    and not exists (
        select
        from core.place as other
        where other.lab_name = held.lab_name and other.place_name = m.name
    )
