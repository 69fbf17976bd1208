-- What share of the cells tells unexpected sequences from regular ones, by line, plane and session (analysis paper, figures 4D, 4E)?
-- :param params text default 'gabors' of imaging.selectivity_params.selectivity_params_id -- the setting: gabors, gabors_common_orientations or visflow
-- :param sess_n integer default '0' -- number of the session among those of its mouse: 1, 2, 3; 0 for all
-- :param selected_only boolean default 'true' -- only sessions that the papers use: passed, with all files, 1 to 3
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column line_name text -- layer and Cre line: L23-Cux2 or L5-Rbp4
-- :column plane_kind text -- what is imaged: soma, or dend for distal dendrites
-- :column sess_n integer -- number of the session among those of its mouse
-- :column n_subjects integer -- mice
-- :column n_rois integer -- cells with an index, of all mice together
-- :column positive_percent double precision -- cells whose index is above 0 [%]; chance gives 50
-- :column below_percent double precision -- cells below the 2.5th percentile of their null distribution [%]; chance gives 2.5
-- :column above_percent double precision -- cells above the 97.5th percentile [%]; chance gives 2.5
-- :column positive_sd_percent double precision -- standard deviation of positive_percent, binomial [%]
-- :column below_sd_percent double precision -- the same of below_percent [%]
-- :column above_sd_percent double precision -- the same of above_percent [%]
\if :{?params} \else \set params 'gabors' \endif
\if :{?sess_n} \else \set sess_n '0' \endif
\if :{?selected_only} \else \set selected_only 'true' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with counted as (
    select
        session.line_name,
        session.plane_kind,
        session.sess_n,
        count(distinct session.subject_id) as n_subjects,
        sum(selectivity.n_rois)::double precision as n,
        sum(selectivity.n_positive) as positive,
        sum(selectivity.n_below) as below,
        sum(selectivity.n_above) as above
    from imaging.selectivity_set as selectivity
    join analysis.openscope_session as session using (session_id)
    where selectivity.selectivity_params_id = :'params'
        and (session.sess_n = :'sess_n'::integer or :'sess_n'::integer = 0)
        and (session.is_selected or not :'selected_only'::boolean)
        and (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
    group by session.line_name, session.plane_kind, session.sess_n
    having sum(selectivity.n_rois) > 0
)
select
    line_name,
    plane_kind,
    sess_n,
    n_subjects::integer as n_subjects,
    n::integer as n_rois,
    100 * positive / n as positive_percent,
    100 * below / n as below_percent,
    100 * above / n as above_percent,
    100 * sqrt(positive / n * (1 - positive / n) / n) as positive_sd_percent,
    100 * sqrt(below / n * (1 - below / n) / n) as below_sd_percent,
    100 * sqrt(above / n * (1 - above / n) / n) as above_sd_percent
from counted
order by line_name, plane_kind, sess_n;
