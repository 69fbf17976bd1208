-- Labs of rows that name none: that of the session where it is known, else that of the one lab that has a subject of the name.
update listed_session as l
set lab_name = found.lab_name
from (
    select
        m.place,
        coalesce(held.lab_name, named.lab_name) as lab_name
    from listed_session as m
    left join core.session_alias as a on a.source = 'alyx' and a.identifier = m.eid::text
    left join core.session as held on held.session_id = coalesce(a.session_id, m.eid)
    left join (
        select nickname, min(lab_name) as lab_name
        from core.subject
        group by nickname
        having count(*) = 1
    ) as named on named.nickname = m.nickname
    where m.lab_name is null
) as found
where found.place = l.place and found.lab_name is not null
