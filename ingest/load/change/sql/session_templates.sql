-- Sets of images that sessions showed. $1 array of rows.
insert into task.session_template (session_id, template_id)
select distinct session_id, template_id
from jsonb_populate_recordset(null::task.session_template, $1::jsonb)
