-- Subjects that are known with another strain or line. Columns: subject, column_name, held, told.
select distinct
    s.lab_name || '/' || s.nickname as subject,
    other.column_name,
    other.held,
    other.told
from listed_session as l
join listed_session_key as k using (place)
join core.subject as s on s.subject_id = k.subject_id
cross join lateral (
    values ('strain', s.strain_name, l.strain_name), ('line', s.line_name, l.line_name)
) as other (column_name, held, told)
where k.is_taken and other.held <> other.told
order by 1, 2, 4
limit 500
