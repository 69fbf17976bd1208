-- A page was loaded. $1 address, $2 list, $3 the page that follows; null at the end of the list.
update core.alyx_fetch
set
    next_page = $3,
    fetched_until = case when $3::text is null then began_at else fetched_until end,
    updated_at = now()
where url = $1 and endpoint = $2
