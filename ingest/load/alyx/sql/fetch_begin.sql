-- A fetch of a list begins, or goes on. $1 address, $2 list, $3 true to begin anew.
-- Columns: next_page (null: from the beginning), since: a day before the last complete fetch began, for the clocks of the two
-- need not agree; null before the first.
insert into core.alyx_fetch as held (url, endpoint, began_at)
values ($1, $2, now())
on conflict (url, endpoint) do update
set
    began_at = case when held.next_page is null or $3 then now() else held.began_at end,
    next_page = case when not $3 then held.next_page end,
    updated_at = now()
returning
    next_page,
    to_char((fetched_until - interval '1 day') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') as since
