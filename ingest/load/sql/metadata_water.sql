-- Water given, by subject and moment; nulls leave what is known. $1 lab, $2 subject, $3 time, on the lab's clock unless it has
-- an offset, $4 volume [mL], $5 ad libitum, $6 kind of fluid, $7 who gave it, $8 key when new.
with moment as (
    select subject_id, moment as administered_at
    from core.subject_moment($1, $2, $3)
),
changed as (
    update core.water_administration as w
    set
        volume_ml = coalesce($4::double precision, w.volume_ml),
        is_ad_libitum = coalesce($5::boolean, w.is_ad_libitum),
        water_type_name = coalesce($6, w.water_type_name),
        user_name = coalesce($7, w.user_name)
    from moment
    where
        w.subject_id = moment.subject_id
        and w.administered_at = moment.administered_at
        and (
            coalesce($4::double precision, w.volume_ml),
            coalesce($5::boolean, w.is_ad_libitum),
            coalesce($6, w.water_type_name),
            coalesce($7, w.user_name)
        ) is distinct from (w.volume_ml, w.is_ad_libitum, w.water_type_name, w.user_name)
    returning false as is_added
),
added as (
    insert into core.water_administration (
        water_administration_id, subject_id, administered_at, volume_ml, is_ad_libitum, water_type_name, user_name
    )
    select
        $8::uuid, moment.subject_id, moment.administered_at, $4::double precision, coalesce($5::boolean, false), $6, $7
    from moment
    where not exists (
        select
        from core.water_administration as w
        where w.subject_id = moment.subject_id and w.administered_at = moment.administered_at
    )
    returning true as is_added
)
select is_added
from changed
union all
select is_added
from added
