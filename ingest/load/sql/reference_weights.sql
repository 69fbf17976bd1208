-- Makes the reference weights of a sex exactly these: sex, ages in weeks, means [g], standard deviations [g].
-- What is the same already is not written. Gives the number of weeks that were changed, added or removed.
with given as (
    select *
    from unnest($2::integer[], $3::double precision[], $4::double precision[]) as given (age_weeks, mean_g, sd_g)
),
removed as (
    delete from core.reference_weight
    where sex = $1 and age_weeks not in (select age_weeks from given)
    returning age_weeks
),
written as (
    insert into core.reference_weight as known (sex, age_weeks, mean_g, sd_g)
    select $1, age_weeks, mean_g, sd_g from given
    on conflict (sex, age_weeks) do update set mean_g = excluded.mean_g, sd_g = excluded.sd_g
    where (known.mean_g, known.sd_g) is distinct from (excluded.mean_g, excluded.sd_g)
    returning age_weeks
)
select (select count(*) from removed) + (select count(*) from written) as n_changed
