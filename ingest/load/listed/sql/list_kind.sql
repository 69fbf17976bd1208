-- What a list of this name is. $1 its name.
select kind, file_name
from core.session_list
where list_name = $1
