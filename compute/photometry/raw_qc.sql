-- Times and LED states of all frames, as references to the array store, and what the counter passed over.
select
    key.key_no,
    times.ref as times_ref,
    led.ref as led_ref,
    photometry_session.n_skipped_frames
from key
join photometry.photometry_session using (session_id)
left join store.array as times on times.array_id = photometry_session.frame_times_array_id
left join store.array as led on led.array_id = photometry_session.frame_led_array_id
order by key.key_no
