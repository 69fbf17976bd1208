-- Sessions that datasets, insertions and quality control name and nobody knows. Columns: source, n_sessions, n_rows, first.
select source, count(distinct identifier) as n_sessions, count(*) as n_rows, min(identifier) as first
from (
    select 'datasets' as source, identifier from listed_dataset
    union all
    select 'insertions', identifier from listed_insertion
    union all
    select told_by, identifier from listed_field
) as named
where not exists (select from listed_key as k where k.identifier = named.identifier)
group by source
order by source
