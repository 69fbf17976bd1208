-- Cages of subjects.
select distinct
    k.subject_id,
    h.value as cage_name,
    h.at as caged_at
from alyx_history as h
join alyx_subject_key as k on k.place = h.place
where h.kind = 'cage'
