-- Bands of a session with the samples of one recording, as references to the array store. Bands that the recording lacks
-- are there without samples: the restriction to the session cuts all bands to the shortest.
select
    key.key_no,
    band.band,
    times.ref as times_ref,
    signal.ref as signal_ref
from key
join photometry.band using (session_id)
join store.array as times on times.array_id = band.times_array_id
left join photometry.band_signal
    on band_signal.session_id = key.session_id
    and band_signal.fiber_idx = key.fiber_idx
    and band_signal.band = band.band
left join store.array as signal on signal.array_id = band_signal.signal_array_id
order by key.key_no, band.band
