-- Settings of imaging.filtered_events.
select
    key.key_no,
    filtered_events_params.scale_s,
    filtered_events_params.n_frames
from key
join imaging.filtered_events_params using (params_id)
order by key.key_no
