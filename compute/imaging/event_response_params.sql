-- Settings of imaging.event_response.
select
    key.key_no,
    event_response_params.event,
    event_response_params.from_s,
    event_response_params.to_s,
    event_response_params.rate_hz,
    event_response_params.baseline_from_s,
    event_response_params.baseline_to_s,
    event_response_params.response_from_s,
    event_response_params.response_to_s
from key
join imaging.event_response_params using (params_id)
order by key.key_no
