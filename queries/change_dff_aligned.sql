-- How do imaged cells respond to changes and to omissions, while the mouse does the task: mean trace over mice?
-- :param lab text default '%' of core.lab.lab_name -- pattern of the lab's name
-- :param structure text default '%' of imaging.experiment.targeted_structure, imaging.plane.targeted_structure -- pattern of the area imaged (VISp)
-- :param trace text default 'dff' of 'dff', 'events' -- dff or events
-- :param include_passive boolean default 'false' -- also passive sessions: the same stimuli replayed without a spout
-- :param include_excluded boolean default 'false' -- also what was taken out of analyses (trialbase exclude)
-- :param include_simulated boolean default 'false' -- also simulated sessions and subjects
-- :column event text -- change or omission
-- :column sessions text -- which sessions count: active, or active and passive
-- :column cre_line text -- Cre line of the mice; unknown when neither tables nor genotype tell it
-- :column time_s double precision -- time from the event [s]
-- :column n_subjects integer -- mice
-- :column n_planes integer -- their imaging planes, session by session
-- :column n_rois integer -- cells of these, counted in each session
-- :column mean_response double precision -- mean over mice of the mean over their planes of the mean over cells, baseline subtracted
-- :column sem_response double precision -- standard error over mice; empty for one mouse
-- :column sem_planes double precision -- standard error over planes; empty for one plane
\if :{?lab} \else \set lab '%' \endif
\if :{?structure} \else \set structure '%' \endif
\if :{?trace} \else \set trace 'dff' \endif
\if :{?include_passive} \else \set include_passive 'false' \endif
\if :{?include_excluded} \else \set include_excluded 'false' \endif
\if :{?include_simulated} \else \set include_simulated 'false' \endif
with sample as (
    select
        params.event,
        coalesce(fact.cre_line, 'unknown') as cre_line,
        session.subject_id,
        sample.sample,
        sample.time_s,
        sample.mean_over_rois,
        sample.n_rois
    from imaging.event_response_sample as sample
    join imaging.event_response_params as params using (params_id)
    join core.session_context as session using (session_id)
    join imaging.plane using (session_id, plane)
    left join imaging.experiment as listed
        on listed.session_id = sample.session_id and listed.ophys_experiment_id = sample.plane
    left join task.change_session_fact as fact on fact.session_id = sample.session_id
    left join task.change_session on change_session.session_id = sample.session_id
    where params.params_id in ('change_' || :'trace', 'omission_' || :'trace')
        and sample.mean_over_rois is not null
        and session.lab_name like :'lab'
        and coalesce(listed.targeted_structure, plane.targeted_structure, '') like :'structure'
        and (
            not coalesce(change_session.is_passive, fact.behavior_type = 'passive_viewing', false)
            or :'include_passive'::boolean
        )
        and (not session.is_excluded or :'include_excluded'::boolean)
        and (session.source is distinct from 'simulated' or :'include_simulated'::boolean)
),
mouse as (
    select
        event,
        cre_line,
        sample,
        min(time_s)::double precision as time_s,
        subject_id,
        count(*) as n_planes,
        sum(n_rois) as n_rois,
        avg(mean_over_rois) as response
    from sample
    group by event, cre_line, sample, subject_id
),
plane_spread as (
    select event, cre_line, sample, (stddev_samp(mean_over_rois) / sqrt(count(*)))::double precision as sem_planes
    from sample
    group by event, cre_line, sample
)
select
    mouse.event,
    case when :'include_passive'::boolean then 'active and passive' else 'active' end as sessions,
    mouse.cre_line,
    min(mouse.time_s) as time_s,
    count(*)::integer as n_subjects,
    sum(mouse.n_planes)::integer as n_planes,
    sum(mouse.n_rois)::integer as n_rois,
    avg(mouse.response)::double precision as mean_response,
    (stddev_samp(mouse.response) / sqrt(count(*)))::double precision as sem_response,
    plane_spread.sem_planes
from mouse
join plane_spread using (event, cre_line, sample)
group by mouse.event, mouse.cre_line, mouse.sample, plane_spread.sem_planes
order by mouse.event, mouse.cre_line, time_s;
