-- How good are the raw photometry signals, and which fail a check?
-- :param lab text default '%' -- pattern of the lab's name
-- :param target text default '%' -- pattern of the target (VTA-DA); with % signals of no target count too
-- :param failing boolean default 'false' -- only signals that fail a check
-- :column lab_name text -- lab where the session was run
-- :column subject text -- name of the subject
-- :column start_time timestamp with time zone -- start of the session
-- :column eid uuid -- the session
-- :column fiber_idx integer -- number of the fibre within its session, from 0
-- :column target_nm text -- region and neuromodulator; null when the region is no target
-- :column band text -- GCaMP, Isosbestic or RCaMP
-- :column n_unique_samples double precision -- share of distinct values, 0 to 1
-- :column n_band_inversions integer -- consecutive frames under the same LEDs, in the session
-- :column n_early_samples integer -- frames that come too early, in the session
-- :column ar_score double precision -- share of the variance that the two samples before explain
-- :column median_absolute_deviance double precision -- median distance from the median [raw units]
-- :column percentile_asymmetry double precision -- upper over lower spread
-- :column percentile_distance double precision -- distance of the 95 % from the 50 % quantile [SD]
-- :column bleaching_tau double precision -- time constant of bleaching [s]; GCaMP alone
-- :column iso_correlation double precision -- share of the variance that the isosbestic band explains; GCaMP alone
-- :column passes_unique_samples boolean -- enough distinct values
-- :column passes_band_inversions boolean -- no band inversion
-- :column passes_basic_qc boolean -- both
\if :{?lab} \else \set lab '%' \endif
\if :{?target} \else \set target '%' \endif
\if :{?failing} \else \set failing 'false' \endif
select
    recording.lab as lab_name,
    qc.subject,
    recording.start_time,
    qc.eid,
    qc.fiber_idx,
    qc.target_nm,
    qc.band,
    qc.n_unique_samples::double precision as n_unique_samples,
    qc.n_band_inversions,
    qc.n_early_samples,
    qc.ar_score::double precision as ar_score,
    qc.median_absolute_deviance::double precision as median_absolute_deviance,
    qc.percentile_asymmetry::double precision as percentile_asymmetry,
    qc.percentile_distance::double precision as percentile_distance,
    qc.bleaching_tau::double precision as bleaching_tau,
    qc.iso_correlation::double precision as iso_correlation,
    qc.passes_unique_samples,
    qc.passes_band_inversions,
    qc.passes_basic_qc
from analysis.photometry_qc as qc
join analysis.photometry_recording as recording using (eid, fiber_idx)
where recording.lab like :'lab'
    and coalesce(qc.target_nm, '') like :'target'
    and not (:'failing'::boolean and qc.passes_basic_qc)
order by recording.lab, qc.subject, recording.start_time, qc.eid, qc.fiber_idx, qc.band;
