-- What objects name and nobody knows. {key}: their column; {objects}: the objects; {join}: their list; {known}: that it is known.
select
    {key}::text as key,
    count(*) as n,
    min(m.pk::text) as first
from {objects} as m{join}
where {key} is not null and not {known}
group by {key}
order by min(m.place)
limit 500
