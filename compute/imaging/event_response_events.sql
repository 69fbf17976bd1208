-- When the events of a parameter set happened, for imaging.event_response.
select
    key.key_no,
    presentation.start_s
from key
join imaging.event_response_params using (params_id)
join task.stimulus_presentation as presentation on presentation.session_id = key.session_id
where case event_response_params.event
    when 'change' then presentation.is_change and presentation.is_omitted is not true
    when 'omission' then presentation.is_omitted
end
order by key.key_no, presentation.presentation
