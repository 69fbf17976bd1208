-- What these rows say otherwise than those that are held, before they are written. $1 rows of task.behavior_session.
insert into task.behavior_session_change (session_id, column_name, old_value, new_value, old_release, new_release)
select
    given.session_id,
    new_cell.key,
    old_cell.value,
    new_cell.value,
    held.release,
    given.release
from jsonb_populate_recordset(null::task.behavior_session, $1::jsonb) as given
join task.behavior_session as held using (session_id)
cross join lateral (select to_jsonb(given) - 'release' as new_row, to_jsonb(held) - 'release' as old_row) as pair
cross join lateral jsonb_each_text(pair.new_row) as new_cell
join lateral jsonb_each_text(pair.old_row) as old_cell using (key)
where pair.new_row <> pair.old_row
    and new_cell.value is distinct from old_cell.value
