-- How is each quality metric of the raw signals distributed, per target?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param band text default 'GCaMP' of 'GCaMP', 'Isosbestic', 'RCaMP' -- GCaMP, Isosbestic or RCaMP
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column target_nm text -- region and neuromodulator; null for regions that are no target
-- :column metric text -- name of the metric, as in analysis.photometry_qc
-- :column n_signals integer -- signals with a value
-- :column n_failing integer -- signals that fail the metric's check; null where it has none
-- :column mean double precision -- mean over the n_signals
-- :column sem double precision -- its standard error; empty for one signal
-- :column p05 double precision -- 5 % quantile
-- :column p25 double precision -- 25 % quantile
-- :column p50 double precision -- median
-- :column p75 double precision -- 75 % quantile
-- :column p95 double precision -- 95 % quantile
\if :{?lab} \else \set lab '%' \endif
\if :{?band} \else \set band 'GCaMP' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with value as (
    select
        qc.target_nm,
        metric.place,
        metric.name,
        metric.value::double precision as value,
        metric.is_failing
    from analysis.photometry_qc as qc
    cross join lateral (values
        (1, 'n_unique_samples', qc.n_unique_samples::double precision, not qc.passes_unique_samples),
        (2, 'n_band_inversions', qc.n_band_inversions::double precision, not qc.passes_band_inversions),
        (3, 'n_early_samples', qc.n_early_samples::double precision, qc.n_early_samples > 0),
        (4, 'ar_score', qc.ar_score::double precision, null),
        (5, 'median_absolute_deviance', qc.median_absolute_deviance::double precision, null),
        (6, 'percentile_asymmetry', qc.percentile_asymmetry::double precision, null),
        (7, 'percentile_distance', qc.percentile_distance::double precision, null),
        (8, 'bleaching_tau_s', qc.bleaching_tau_s::double precision, null),
        (9, 'iso_correlation', qc.iso_correlation::double precision, null)
    ) as metric (place, name, value, is_failing)
    where qc.lab_name like :'lab'
        and qc.band = :'band'
        and (not qc.is_excluded or :'include_excluded'::boolean)
        and (qc.source is distinct from 'simulated' or :'include_simulated'::boolean)
)
select
    target_nm,
    name as metric,
    count(value)::integer as n_signals,
    (count(*) filter (where is_failing))::integer
        + case when count(is_failing) = 0 then null else 0 end as n_failing,
    avg(value) as mean,
    stddev_samp(value) / sqrt(count(value)) as sem,
    percentile_cont(0.05) within group (order by value) as p05,
    percentile_cont(0.25) within group (order by value) as p25,
    percentile_cont(0.5) within group (order by value) as p50,
    percentile_cont(0.75) within group (order by value) as p75,
    percentile_cont(0.95) within group (order by value) as p95
from value
group by target_nm, place, name
order by target_nm nulls last, place;
