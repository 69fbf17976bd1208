-- Rows of a published table. $1 table, $2 rows.
select n_added, n_changed from core.upsert_rows($1::regclass, $2::jsonb)
