-- A list. $1 name, $2 kind, $3 file, $4 origin, $5 when it was made, $6 what else it tells of itself.
insert into core.session_list as held (list_name, kind, file_name, origin, made_at, metadata)
values (
    $1, $2, $3, $4,
    case when $5 ~ '(Z|[+-][0-9:]+)$' and length($5) > 16 then $5::timestamptz else $5::timestamp at time zone 'UTC' end,
    $6::jsonb
)
on conflict (list_name) do update
set
    kind = excluded.kind,
    file_name = excluded.file_name,
    origin = excluded.origin,
    made_at = excluded.made_at,
    metadata = excluded.metadata
where
    row(held.kind, held.file_name, held.origin, held.made_at, held.metadata)
    is distinct from row(excluded.kind, excluded.file_name, excluded.origin, excluded.made_at, excluded.metadata)
returning xmax = 0 as is_added
