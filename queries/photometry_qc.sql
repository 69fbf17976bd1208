-- How good are the raw photometry signals, and which fail a check?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param target text default '%' of photometry.target.target_nm -- pattern of the target (VTA-DA); with % signals of no target count too
-- :param failing boolean default 'false' -- only signals that fail a check
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column session_id uuid -- the session
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject
-- :column session_date date -- calendar date at the rig
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
-- :column bleaching_tau_s double precision -- time constant of bleaching [s]; GCaMP alone
-- :column iso_correlation double precision -- share of the variance that the isosbestic band explains; GCaMP alone
-- :column passes_unique_samples boolean -- enough distinct values
-- :column passes_band_inversions boolean -- no band inversion
-- :column passes_basic_qc boolean -- both
\if :{?lab} \else \set lab '%' \endif
\if :{?target} \else \set target '%' \endif
\if :{?failing} \else \set failing 'false' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    qc.session_id,
    qc.lab_name,
    qc.subject_nickname,
    qc.session_date,
    qc.fiber_idx,
    qc.target_nm,
    qc.band,
    qc.n_unique_samples,
    qc.n_band_inversions,
    qc.n_early_samples,
    qc.ar_score,
    qc.median_absolute_deviance,
    qc.percentile_asymmetry,
    qc.percentile_distance,
    qc.bleaching_tau_s,
    qc.iso_correlation,
    qc.passes_unique_samples,
    qc.passes_band_inversions,
    qc.passes_basic_qc
from analysis.photometry_qc as qc
where qc.lab_name like :'lab'
    and coalesce(qc.target_nm, '') like :'target'
    and not (:'failing'::boolean and qc.passes_basic_qc)
    and (not qc.is_excluded or :'include_excluded'::boolean)
    and (qc.source is distinct from 'simulated' or :'include_simulated'::boolean)
order by qc.lab_name, qc.subject_nickname, qc.session_date, qc.session_id, qc.fiber_idx, qc.band;
