-- Images of sets. $1 array of rows.
insert into task.stimulus_template_image (template_id, image_index, image_name)
select template_id, image_index, image_name
from jsonb_populate_recordset(null::task.stimulus_template_image, $1::jsonb)
order by template_id, image_index
on conflict do nothing
