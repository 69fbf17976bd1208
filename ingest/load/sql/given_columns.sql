-- Columns of a select, without its rows. {select}: the select.
select * from (
{select}
) as given
limit 0
