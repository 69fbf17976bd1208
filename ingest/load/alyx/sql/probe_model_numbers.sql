-- Probes are called by the numbers of their models, too.
insert into alyx_name
select 'probe_model', model_number, min(probe_model_name)
from core.probe_model
where model_number is not null
group by model_number
on conflict do nothing
