-- Rows of a select: new ones are added, others changed where a value differs. {select}: the select; {table}: the table; {columns}: the
-- select's; {key}: those of the key; {action}: what is done with a row that is there; {gone}: a step that takes rows away, or nothing.
with given as materialized (
{select}
),
written as (
    insert into {table} as held ({columns})
    select {columns} from given order by {key}
    on conflict ({key}) do {action}
    returning held.xmax = 0 as is_added
),
gone as (
{gone}
)
select
    (select count(*) from given) as n_rows,
    count(*) filter (where is_added) as n_added,
    count(*) filter (where not is_added) as n_updated,
    (select count(*) from gone) as n_gone
from written
