-- Labs. A time zone that the server does not know is left out.
select distinct on (m.name)
    m.name as lab_name,
    m.pk as lab_id,
    m.institution,
    m.address,
    case when core.is_time_zone(m.timezone) then m.timezone end as time_zone,
    m.reference_weight_pct as reference_weight_fraction,
    m.zscore_weight_pct as zscore_weight_fraction
from alyx_lab as m
where m.name is not null
order by m.name, m.pk
