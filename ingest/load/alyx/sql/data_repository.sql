-- Repositories.
select distinct on (m.name)
    m.name as repository_name,
    m.pk as repository_id,
    type.name as repository_type,
    m.timezone as time_zone,
    m.hostname as host_name,
    m.data_url,
    m.globus_endpoint_id,
    m.globus_path,
    m.globus_is_personal as is_personal
from alyx_datarepository as m
left join alyx_name as type on type.kind = 'repository_type' and type.key = m.repository_type
where m.name is not null
order by m.name, m.pk
