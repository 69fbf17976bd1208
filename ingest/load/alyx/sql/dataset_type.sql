-- Kinds of dataset.
select distinct on (m.name)
    m.name as dataset_type_name,
    m.pk as dataset_type_id,
    m.filename_pattern,
    m.description,
    creator.name as created_by
from alyx_datasettype as m
left join alyx_name as creator on creator.kind = 'member' and creator.key = m.created_by
where m.name is not null
order by m.name, m.pk
