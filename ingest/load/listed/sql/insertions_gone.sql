-- Insertions that lists no longer name. $1 lists.
delete from core.session_list_insertion as held
where
    held.list_name = any ($1::text[])
    and not exists (
        select from listed_insertion as m
        where m.list_name = held.list_name and m.insertion_id = held.probe_insertion_id
    )
