-- Names of the sessions: the colony database's UUID, and what session trees call a session of that lab, subject, date and number.
insert into core.session_alias (source, identifier, session_id)
select 'alyx', k.pk::text, k.session_id
from alyx_session_key as k
union all
select distinct on (tree.identifier) 'ibl', tree.identifier, k.session_id
from alyx_session_key as k
join alyx_session as m on m.pk = k.pk
join alyx_subject_key as s on s.key = m.subject
cross join lateral (
    select
        k.lab_name || '/' || s.nickname || '/' || k.session_date || '/'
            || lpad(m.number::text, greatest(3, length(m.number::text)), '0') as identifier
) as tree
where m.number >= 0
order by 1, 2, 3
on conflict (source, identifier) do nothing
