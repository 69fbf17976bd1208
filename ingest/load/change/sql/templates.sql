-- Sets of images, unless another session has brought the same. $1 array of rows.
insert into task.stimulus_template (template_id, template_name, n_images, n_rows, n_columns, warped_array_id, unwarped_array_id)
select template_id, template_name, n_images, n_rows, n_columns, warped_array_id, unwarped_array_id
from jsonb_populate_recordset(null::task.stimulus_template, $1::jsonb)
order by template_id
on conflict (template_id) do nothing
