-- Rows of owners that were told, and that are not told any more. {table}: the table; {owner}, {owners}: its column of owners, and who
-- they are; {of}: which of their rows; {same}: that a told row is the held one.
    delete from {table} as held
    where held.{owner} in ({owners})
        and {of}
        and not exists (select from given where {same})
    returning 1
