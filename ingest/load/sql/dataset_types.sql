-- Kinds of dataset that the lookup does not know yet. $1 kinds.
insert into store.dataset_type (dataset_type_name)
select distinct k.dataset_type_name
from unnest($1::text[]) as k (dataset_type_name)
where
    k.dataset_type_name <> ''
    and not exists (select from store.dataset_type as t where t.dataset_type_name = k.dataset_type_name)
order by k.dataset_type_name
on conflict do nothing
