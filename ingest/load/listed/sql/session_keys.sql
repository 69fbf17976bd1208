-- Which sessions the rows are: the one that has the UUID as key or as name, else the one that has the name of the row (lab, subject, date,
-- number), or of the folder that its datasets lie in, and no other UUID of the colony database; else a new one.
insert into listed_session_key (place, session_id, subject_id, is_held)
with named as (
    select place, 0 as rank, tree
    from (
        select
            place,
            lab_name || '/' || nickname || '/' || session_date || '/'
                || lpad(session_number::text, greatest(3, length(session_number::text)), '0') as tree
        from listed_session
    ) as own
    where tree is not null
    union
    select l.place, 1, d.tree
    from (select distinct identifier, tree from listed_dataset where tree is not null) as d
    join listed_session as l on l.identifier = d.identifier
),
held as (
    select l.place, l.eid, coalesce(a.session_id, own.session_id) as held_id
    from listed_session as l
    left join core.session_alias as a on a.source = 'alyx' and a.identifier = l.eid::text
    left join core.session as own on own.session_id = l.eid
),
candidate as (
    select
        held.place,
        tree.session_id,
        row_number() over (partition by held.place order by named.rank, tree.session_id) as of_row,
        row_number() over (partition by tree.session_id order by named.rank, held.place) as of_session
    from held
    join named using (place)
    join core.session_alias as tree on tree.source = 'ibl' and tree.identifier = named.tree
    where
        held.held_id is null
        and (
            held.eid is null
            or not exists (
                select from core.session_alias as a where a.session_id = tree.session_id and a.source = 'alyx'
            )
        )
        and not exists (select from held as other where other.held_id = tree.session_id)
),
chosen as (
    select
        l.place,
        coalesce(held.held_id, candidate.session_id, l.new_key) as session_id
    from listed_session as l
    join held using (place)
    left join candidate on candidate.place = l.place and candidate.of_row = 1 and candidate.of_session = 1
)
select
    chosen.place,
    chosen.session_id,
    session.subject_id,
    session.session_id is not null
from chosen
left join core.session on session.session_id = chosen.session_id
