-- What these rows say otherwise than those that are held, before they are written. $1 rows of imaging.openscope_listing.
with differing as materialized (
    select given as new_row, held as old_row
    from jsonb_populate_recordset(null::imaging.openscope_listing, $1::jsonb) as given
    join imaging.openscope_listing as held using (session_id)
    where given is distinct from held
)
insert into imaging.openscope_listing_change (session_id, table_name, column_name, old_value, new_value)
select (new_row).session_id, 'mouse_df', new_cell.key, old_cell.value, new_cell.value
from differing
cross join lateral jsonb_each_text(to_jsonb(new_row)) as new_cell
join lateral jsonb_each_text(to_jsonb(old_row)) as old_cell using (key)
where new_cell.value is distinct from old_cell.value
