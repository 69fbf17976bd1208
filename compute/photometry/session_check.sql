-- Whose clock the recording is on, the times of its GCaMP band, and what raw quality control counted.
select
    key.key_no,
    photometry_session.clock,
    times.ref as times_ref,
    raw_qc.n_band_inversions,
    raw_qc.n_early_samples
from key
join photometry.photometry_session using (session_id)
join photometry.raw_qc using (session_id)
left join photometry.band on band.session_id = key.session_id and band.band = 'GCaMP'
left join store.array as times on times.array_id = band.times_array_id
order by key.key_no
