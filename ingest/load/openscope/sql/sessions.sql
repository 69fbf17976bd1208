-- Sessions whose file is loaded. $1 array of rows.
insert into task.openscope_session as held (
    session_id, file_name, start_text, n_segments, n_stim_frames, n_twop_frames, n_rois, stim_fps, twop_fps
)
select session_id, file_name, start_text, n_segments, n_stim_frames, n_twop_frames, n_rois, stim_fps, twop_fps
from jsonb_populate_recordset(null::task.openscope_session, $1::jsonb)
order by session_id
on conflict (session_id) do update
set
    file_name = excluded.file_name,
    start_text = excluded.start_text,
    n_segments = excluded.n_segments,
    n_stim_frames = excluded.n_stim_frames,
    n_twop_frames = excluded.n_twop_frames,
    n_rois = excluded.n_rois,
    stim_fps = excluded.stim_fps,
    twop_fps = excluded.twop_fps
