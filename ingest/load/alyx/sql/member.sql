-- People. Passwords are never read.
select distinct on (m.username)
    m.username as user_name,
    m.pk as member_id,
    m.first_name,
    m.last_name,
    m.email,
    m.date_joined at time zone 'UTC' as date_joined,
    m.last_login at time zone 'UTC' as last_login,
    m.is_active,
    m.is_staff,
    m.is_superuser,
    m.is_stock_manager
from alyx_labmember as m
where m.username is not null
order by m.username, m.pk
