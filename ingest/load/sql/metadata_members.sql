-- A person and, where a lab is named, the membership; nulls leave what is known. $1 user name, $2 and $3 names, $4 mail,
-- $5 active, $6 lab, $7 role, $8 and $9 first and last day, $10 unused.
with person as (
    insert into core.member as m (user_name, first_name, last_name, email, is_active)
    select $1::text, $2, $3, $4, $5::boolean
    where $10::text is not null
    on conflict (user_name) do update
    set
        first_name = coalesce(excluded.first_name, m.first_name),
        last_name = coalesce(excluded.last_name, m.last_name),
        email = coalesce(excluded.email, m.email),
        is_active = coalesce(excluded.is_active, m.is_active)
    where (
        coalesce(excluded.first_name, m.first_name),
        coalesce(excluded.last_name, m.last_name),
        coalesce(excluded.email, m.email),
        coalesce(excluded.is_active, m.is_active)
    ) is distinct from (m.first_name, m.last_name, m.email, m.is_active)
    returning xmax = 0 as is_added
),
membership as (
    insert into core.lab_membership as l (lab_name, user_name, role, start_date, end_date)
    select $6::text, $1::text, $7, $8::date, $9::date
    where $6::text is not null
    on conflict (lab_name, user_name) do update
    set
        role = coalesce(excluded.role, l.role),
        start_date = coalesce(excluded.start_date, l.start_date),
        end_date = coalesce(excluded.end_date, l.end_date)
    where (
        coalesce(excluded.role, l.role),
        coalesce(excluded.start_date, l.start_date),
        coalesce(excluded.end_date, l.end_date)
    ) is distinct from (l.role, l.start_date, l.end_date)
    returning xmax = 0 as is_added
)
select is_added
from person
union all
select is_added
from membership
