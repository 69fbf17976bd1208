-- The lab of the Allen Institute's tables, whose rigs' clocks show Seattle's time; what is known of it stays. $1 lab.
insert into core.lab as lab (lab_name, institution, institution_short, time_zone)
values (
    $1,
    case when $1 = 'allen' then 'Allen Institute for Brain Science' end,
    case when $1 = 'allen' then 'Allen Institute' end,
    'America/Los_Angeles'
)
on conflict (lab_name) do update
set time_zone = excluded.time_zone
where lab.time_zone is null
