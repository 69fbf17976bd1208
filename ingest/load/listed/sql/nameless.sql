-- How many sessions of lists are known by nothing but their UUID. $1 lists.
select count(*) as n
from core.session_list_member
where session_id is null and list_name = any ($1::text[])
