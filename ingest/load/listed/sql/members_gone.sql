-- Sessions that lists no longer name. $1 lists.
delete from core.session_list_member as held
where
    held.list_name = any ($1::text[])
    and not exists (
        select from listed_member as m where m.list_name = held.list_name and m.identifier = held.identifier
    )
