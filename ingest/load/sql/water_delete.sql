-- Water that is not told apart from the trials any more. $1 keys.
delete from core.water_administration as w
where w.water_administration_id = any ($1::text[]::uuid[])
