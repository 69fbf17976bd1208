-- Models of probes.
select distinct on (m.name)
    m.name as probe_model_name,
    m.pk as probe_model_id,
    m.probe_model as model_number,
    m.probe_manufacturer as manufacturer,
    m.description
from alyx_probemodel as m
where m.name is not null
order by m.name, m.pk
