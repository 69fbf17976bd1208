-- A lab; nulls leave what is known. $1 lab, $2 institution, $3 its short name, $4 address, $5 time zone, $6 and $7 weight
-- fractions, $8 unused.
insert into core.lab as l (
    lab_name, institution, institution_short, address, time_zone, reference_weight_fraction, zscore_weight_fraction
)
select $1, $2, $3, $4, $5, $6::double precision, $7::double precision
where $8::text is not null
on conflict (lab_name) do update
set
    institution = coalesce(excluded.institution, l.institution),
    institution_short = coalesce(excluded.institution_short, l.institution_short),
    address = coalesce(excluded.address, l.address),
    time_zone = coalesce(excluded.time_zone, l.time_zone),
    reference_weight_fraction = coalesce(excluded.reference_weight_fraction, l.reference_weight_fraction),
    zscore_weight_fraction = coalesce(excluded.zscore_weight_fraction, l.zscore_weight_fraction)
where (
    coalesce(excluded.institution, l.institution),
    coalesce(excluded.institution_short, l.institution_short),
    coalesce(excluded.address, l.address),
    coalesce(excluded.time_zone, l.time_zone),
    coalesce(excluded.reference_weight_fraction, l.reference_weight_fraction),
    coalesce(excluded.zscore_weight_fraction, l.zscore_weight_fraction)
) is distinct from (
    l.institution, l.institution_short, l.address, l.time_zone, l.reference_weight_fraction, l.zscore_weight_fraction
)
returning xmax = 0 as is_added
