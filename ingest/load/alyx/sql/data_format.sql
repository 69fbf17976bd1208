-- File formats.
select distinct on (m.name)
    m.name as format_name,
    m.pk as format_id,
    m.file_extension,
    m.matlab_loader_function as matlab_loader,
    m.python_loader_function as python_loader,
    m.description
from alyx_dataformat as m
where m.name is not null
order by m.name, m.pk
