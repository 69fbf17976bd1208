-- Weighings, unless the subject has one at that time. $1 keys, $2 sources, $3 subjects' identifiers in them, $4 times (in UTC
-- where they end with Z, else on the lab's clock), $5 weights [g].
with given as (
    select distinct on (f.key)
        f.key::uuid as weighing_id,
        a.subject_id,
        case
            when f.weighed_at like '%Z' then f.weighed_at::timestamptz
            else f.weighed_at::timestamp at time zone coalesce(lab.time_zone, 'UTC')
        end as weighed_at,
        f.weight_g
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::double precision[])
        as f (key, source, subject, weighed_at, weight_g)
    join core.subject_alias as a on a.source = f.source and a.identifier = f.subject
    join core.subject as s on s.subject_id = a.subject_id
    join core.lab as lab on lab.lab_name = s.lab_name
    order by f.key
)
insert into core.weighing as w (weighing_id, subject_id, weighed_at, weight_g)
select
    given.weighing_id,
    given.subject_id,
    given.weighed_at,
    given.weight_g
from given
where
    not exists (
        select
        from core.weighing as other
        where
            other.subject_id = given.subject_id
            and other.weighed_at = given.weighed_at
            and other.weighing_id <> given.weighing_id
    )
on conflict (weighing_id) do update
set weighed_at = excluded.weighed_at, weight_g = excluded.weight_g
where row(w.weighed_at, w.weight_g) is distinct from row(excluded.weighed_at, excluded.weight_g)
