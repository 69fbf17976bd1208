-- A weighing, by subject and moment; a null person leaves who is known. $1 lab, $2 subject, $3 time, on the lab's clock
-- unless it has an offset, $4 weight [g], $5 who weighed, $6 key when new.
with moment as (
    select subject_id, moment as weighed_at
    from core.subject_moment($1, $2, $3)
),
changed as (
    update core.weighing as w
    set weight_g = $4::double precision, user_name = coalesce($5, w.user_name)
    from moment
    where
        w.subject_id = moment.subject_id
        and w.weighed_at = moment.weighed_at
        and (w.weight_g, w.user_name) is distinct from ($4::double precision, coalesce($5, w.user_name))
    returning false as is_added
),
added as (
    insert into core.weighing (weighing_id, subject_id, weighed_at, weight_g, user_name)
    select $6::uuid, moment.subject_id, moment.weighed_at, $4::double precision, $5
    from moment
    where not exists (
        select from core.weighing as w where w.subject_id = moment.subject_id and w.weighed_at = moment.weighed_at
    )
    returning true as is_added
)
select is_added
from changed
union all
select is_added
from added
