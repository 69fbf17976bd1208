-- A weighing, unless the subject has one at that time. $1 key, $2 source, $3 subject's identifier in it, $4 time on the
-- lab's clock, $5 weight [g].
insert into core.weighing as w (weighing_id, subject_id, weighed_at, weight_g)
select
    $1::uuid,
    a.subject_id,
    $4::timestamp at time zone coalesce(lab.time_zone, 'UTC'),
    $5::double precision
from core.subject_alias as a
join core.subject as s on s.subject_id = a.subject_id
join core.lab as lab on lab.lab_name = s.lab_name
where
    a.source = $2
    and a.identifier = $3
    and not exists (
        select
        from core.weighing as other
        where
            other.subject_id = a.subject_id
            and other.weighed_at = $4::timestamp at time zone coalesce(lab.time_zone, 'UTC')
            and other.weighing_id <> $1::uuid
    )
on conflict (weighing_id) do update
set weighed_at = excluded.weighed_at, weight_g = excluded.weight_g
where row(w.weighed_at, w.weight_g) is distinct from row(excluded.weighed_at, excluded.weight_g)
