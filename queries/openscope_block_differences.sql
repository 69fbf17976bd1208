-- Do running and pupil change when sequences are unexpected, block by block (analysis paper, figure 8B)?
-- :param params text default 'default' of task.sequence_block_params.sequence_block_params_id -- the setting
-- :param sess_n integer default '1' -- number of the session among those of its mouse: 1, 2, 3; 0 for all
-- :param selected_only boolean default 'true' -- only sessions that the papers use: passed, with all files, 1 to 3
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column measure text -- running [cm/s] or pupil (diameter) [mm]
-- :column line_name text -- layer and Cre line: L23-Cux2 or L5-Rbp4
-- :column plane_kind text -- what is imaged: soma, or dend for distal dendrites
-- :column sess_n integer -- number of the session among those of its mouse
-- :column n_subjects integer -- mice
-- :column n_blocks integer -- blocks of all mice together in which both stretches have a mean
-- :column mean_difference double precision -- mean over blocks of unexpected less regular [cm/s, mm]
-- :column sem_difference double precision -- its standard error over blocks; empty for one block
\if :{?params} \else \set params 'default' \endif
\if :{?sess_n} \else \set sess_n '1' \endif
\if :{?selected_only} \else \set selected_only 'true' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
select
    block.measure,
    session.line_name,
    session.plane_kind,
    session.sess_n,
    count(distinct session.subject_id)::integer as n_subjects,
    count(*)::integer as n_blocks,
    avg(block.difference)::double precision as mean_difference,
    (stddev_samp(block.difference) / sqrt(count(*)))::double precision as sem_difference
from task.sequence_block as block
join analysis.openscope_session as session using (session_id)
where block.sequence_block_params_id = :'params'
    and block.difference is not null
    and (session.sess_n = :'sess_n'::integer or :'sess_n'::integer = 0)
    and (session.is_selected or not :'selected_only'::boolean)
    and (not session.is_excluded or :'include_excluded'::boolean)
    and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
group by block.measure, session.line_name, session.plane_kind, session.sess_n
order by block.measure, session.line_name, session.plane_kind, session.sess_n;
