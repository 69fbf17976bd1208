-- Sessions without a UUID: what session trees call them. Columns: place, tree.
select
    place,
    lab_name || '/' || nickname || '/' || session_date || '/'
        || lpad(session_number::text, greatest(3, length(session_number::text)), '0') as tree
from listed_session
where new_key is null
order by place
