-- Which sets of images are there already. $1 their keys. Column: template_id.
select t.template_id
from task.stimulus_template as t
where t.template_id = any ($1::text[]::uuid[])
