-- How do responses to regular and unexpected sequences change over days, relative to each mouse's first session (analysis paper, figures 2C, 7A)?
-- :param stimulus text default 'gabors' of imaging.integrated_response.stimulus -- gabors (regular: A, B, C; unexpected: U, G) or visflow
-- :param params text default 'default' of imaging.integrated_response_params.integrated_response_params_id -- the setting
-- :param tracked_only boolean default 'false' -- only cells found in all sessions of their mouse (figure 5B)
-- :param selected_only boolean default 'true' -- only sessions that the papers use: passed, with all files, 1 to 3
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column line_name text -- layer and Cre line: L23-Cux2 or L5-Rbp4
-- :column plane_kind text -- what is imaged: soma, or dend for distal dendrites
-- :column sess_n integer -- number of the session among those of its mouse
-- :column n_subjects integer -- mice; those whose session 1 has no responses are left out
-- :column n_rois integer -- cells of all mice together
-- :column mean_regular double precision -- mean over cells of the responses to regular frames, each divided by the mean over cells of session 1
-- :column sem_regular double precision -- its standard error over cells; empty for one cell
-- :column mean_unexpected double precision -- the same of unexpected frames, divided by session 1's regular ones (U by D)
-- :column sem_unexpected double precision -- its standard error over cells; empty for one cell
\if :{?stimulus} \else \set stimulus 'gabors' \endif
\if :{?params} \else \set params 'default' \endif
\if :{?tracked_only} \else \set tracked_only 'false' \endif
\if :{?selected_only} \else \set selected_only 'true' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with used_session as (
    select *
    from analysis.openscope_session
    where (is_selected or not :'selected_only'::boolean)
        and (not is_excluded or :'include_excluded'::boolean)
        and (source is distinct from 'simulated' or :'include_simulated'::boolean)
),
first_response as (
    select session.subject_id, response.response, response.mean_response
    from used_session as session
    join imaging.integrated_response as response using (session_id)
    where session.sess_n = 1
        and response.integrated_response_params_id = :'params'
        and response.stimulus = :'stimulus'
),
relative as (
    select
        session.line_name,
        session.plane_kind,
        session.sess_n,
        session.subject_id,
        response.roi,
        avg(response.mean_response / first_response.mean_response)
            filter (where response.response in ('exp_0', 'exp_1', 'exp_2', 'exp')) as regular,
        avg(response.mean_response / first_response.mean_response)
            filter (where response.response in ('unexp_3', 'unexp_4', 'unexp')) as unexpected
    from used_session as session
    join imaging.roi_integrated_response as response using (session_id)
    join first_response
        on first_response.subject_id = session.subject_id
        and first_response.response = replace(response.response, 'unexp', 'exp')
    where response.integrated_response_params_id = :'params'
        and response.stimulus = :'stimulus'
        and (
            not :'tracked_only'::boolean
            or exists (
                select from imaging.roi
                where roi.session_id = response.session_id
                    and roi.plane = response.plane
                    and roi.roi = response.roi
                    and roi.tracking_id is not null
            )
        )
    group by session.line_name, session.plane_kind, session.sess_n, session.subject_id, response.roi
)
select
    line_name,
    plane_kind,
    sess_n,
    count(distinct subject_id)::integer as n_subjects,
    count(*)::integer as n_rois,
    avg(regular)::double precision as mean_regular,
    (stddev_samp(regular) / sqrt(count(regular)))::double precision as sem_regular,
    avg(unexpected)::double precision as mean_unexpected,
    (stddev_samp(unexpected) / sqrt(count(unexpected)))::double precision as sem_unexpected
from relative
group by line_name, plane_kind, sess_n
order by line_name, plane_kind, sess_n;
