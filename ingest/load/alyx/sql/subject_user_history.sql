-- Who was responsible for subjects from when on.
select distinct
    k.subject_id,
    person.name as user_name,
    h.at as changed_at
from alyx_history as h
join alyx_subject_key as k on k.place = h.place
join alyx_name as person on person.kind = 'member' and person.key = h.value
where h.kind = 'responsible_user'
