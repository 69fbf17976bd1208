-- How long were a session's reaction times, by contrast and block?
-- :param session uuid -- key of the session
-- :param params text default 'default' of task.reaction_time_params.params_id -- parameter set of the intervals
-- :param as_published boolean default 'false' -- as the reference's warehouse stores them: the values of a block in the reversed order of its contrasts, each beside minus its own (defect D9)
-- :column lab_name text -- lab where the session was run
-- :column subject_nickname text -- name of the subject within its lab
-- :column session_date date -- calendar date at the rig
-- :column source text -- source of the session
-- :column block integer -- probability of the left side [%]; 50 with all trials in sessions of other kinds than biased and ephys
-- :column block_name text -- the block in words
-- :column signed_contrast_percent double precision -- contrast right minus left, -100 to 100 [%]
-- :column n_trials integer -- trials with a reaction time
-- :column median_s double precision -- median of response minus stimulus onset (or go cue, where the onset is missing) [s]
-- :column low_s double precision -- lower end of the bootstrap interval of the median [s]; empty with one trial
-- :column high_s double precision -- its upper end [s]
-- :column level_percent double precision -- probability that the interval is to cover the median [%]
\if :{?params} \else \set params 'default' \endif
\if :{?as_published} \else \set as_published 'false' \endif
with point as (
    select
        *,
        row_number() over (partition by block order by signed_contrast) as place,
        row_number() over (partition by block order by signed_contrast desc) as place_from_end
    from task.reaction_time_contrast
    where session_id = :'session'::uuid
        and params_id = :'params'
)
select
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.source,
    point.block::integer as block,
    case point.block
        when 50 then 'equal sides'
        else point.block || ' % left'
    end as block_name,
    (100 * point.signed_contrast)::double precision as signed_contrast_percent,
    value.n_trials,
    value.median_s::double precision as median_s,
    value.low_s::double precision as low_s,
    value.high_s::double precision as high_s,
    (100 * params.level)::double precision as level_percent
from point
join point as value
    on value.block = point.block
    and value.place = case when :'as_published'::boolean then point.place_from_end else point.place end
join task.reaction_time_params as params on params.params_id = point.params_id
join core.session_context as session on session.session_id = point.session_id
order by point.block, point.signed_contrast;
