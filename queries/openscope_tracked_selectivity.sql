-- How do the selectivity indices of the same cells change over sessions 1 to 3 (analysis paper, figures 4F to 4H)?
-- :param params text default 'gabors' of imaging.selectivity_params.selectivity_params_id -- the setting: gabors, gabors_common_orientations or visflow
-- :param selected_only boolean default 'true' -- only sessions that the papers use: passed, with all files, 1 to 3
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column line_name text -- layer and Cre line: L23-Cux2 or L5-Rbp4
-- :column plane_kind text -- what is imaged: soma, or dend for distal dendrites
-- :column mouse_n integer -- the project's number of the mouse
-- :column tracking_id bigint -- the cell: the same in all sessions of the mouse
-- :column usi_1 double precision -- index in session 1; empty when the cell has none there
-- :column usi_2 double precision -- in session 2
-- :column usi_3 double precision -- in session 3
\if :{?params} \else \set params 'gabors' \endif
\if :{?selected_only} \else \set selected_only 'true' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    session.line_name,
    session.plane_kind,
    session.mouse_n,
    tracked.tracking_id,
    max(selectivity.usi) filter (where session.sess_n = 1)::double precision as usi_1,
    max(selectivity.usi) filter (where session.sess_n = 2)::double precision as usi_2,
    max(selectivity.usi) filter (where session.sess_n = 3)::double precision as usi_3
from imaging.roi_selectivity as selectivity
join analysis.openscope_session as session using (session_id)
join analysis.openscope_tracked_roi as tracked
    on tracked.session_id = selectivity.session_id and tracked.roi = selectivity.roi
where selectivity.selectivity_params_id = :'params'
    and (session.is_selected or not :'selected_only'::boolean)
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
group by session.line_name, session.plane_kind, session.mouse_n, tracked.tracking_id
order by session.line_name, session.plane_kind, session.mouse_n, tracked.tracking_id;
