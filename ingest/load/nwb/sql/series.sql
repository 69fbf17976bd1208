-- Series of files. $1 array of rows.
insert into task.nwb_series (
    session_id, series_path, series_name, neurodata_type, description, unit, shape, conversion, value_offset, sampling_rate_hz, start_s,
    data_array_id, times_array_id, reason
)
select
    session_id, series_path, series_name, neurodata_type, description, unit, shape, conversion, value_offset, sampling_rate_hz, start_s,
    data_array_id, times_array_id, reason
from jsonb_populate_recordset(null::task.nwb_series, $1::jsonb)
