-- What these rows say otherwise than those that are held, before they are written. $1 rows of task.behavior_session.
with differing as materialized (
    select given as new_row, held as old_row
    from jsonb_populate_recordset(null::task.behavior_session, $1::jsonb) as given
    join task.behavior_session as held using (session_id)
    where given is distinct from held
)
insert into task.behavior_session_change (session_id, column_name, old_value, new_value, old_release, new_release)
select
    (new_row).session_id,
    new_cell.key,
    old_cell.value,
    new_cell.value,
    (old_row).release,
    (new_row).release
from differing
cross join lateral jsonb_each_text(to_jsonb(new_row)) as new_cell
join lateral jsonb_each_text(to_jsonb(old_row)) as old_cell using (key)
where new_cell.key <> 'release'
    and new_cell.value is distinct from old_cell.value
