-- Fields that tables no longer tell. $1 tables.
delete from core.session_qc_field as held
where
    held.told_by = any ($1::text[])
    and not exists (
        select
        from listed_field as m
        join listed_key as k using (identifier)
        where m.told_by = held.told_by and k.session_id = held.session_id and m.field_name = held.field_name
    )
