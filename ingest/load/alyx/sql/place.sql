-- Places of labs; one without a lab is of cortexlab, as the spec says.
select distinct on (lab_name, place_name)
    lab_name,
    place_name,
    place_id
from (
    select
        coalesce(lab.name, cortexlab.lab_name) as lab_name,
        m.name as place_name,
        m.pk as place_id
    from alyx_lablocation as m
    left join alyx_name as lab on lab.kind = 'lab' and lab.key = m.lab
    left join core.lab as cortexlab on m.lab is null and cortexlab.lab_name = 'cortexlab'
) as given
where lab_name is not null and place_name is not null
order by lab_name, place_name, place_id
