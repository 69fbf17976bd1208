-- Kinds of dataset that the lookup does not know yet.
insert into store.dataset_type (dataset_type_name)
select distinct m.dataset_type_name
from listed_dataset as m
join listed_key as k using (identifier)
where
    m.dataset_type_name is not null
    and not exists (select from store.dataset_type as t where t.dataset_type_name = m.dataset_type_name)
order by m.dataset_type_name
on conflict do nothing
