-- What the paper's subjects chose around a criterion, counted: several named queries begin with it.
-- Source: spec/ibl_behavior.md, 9.4 and 10.

create or replace function analysis.paper_points_around(
    p_project text,
    p_cut_off date,
    p_criterion text,
    p_days_before integer,
    p_days_after integer,
    p_task text,
    p_excluded_session uuid,
    p_criteria_set text,
    p_include_excluded boolean,
    p_include_simulated boolean
)
returns table (
    session_id uuid,
    subject_id uuid,
    lab_name text,
    institution text,
    subject_nickname text,
    session_date date,
    block integer,
    signed_contrast_percent double precision,
    n_trials integer,
    n_responses integer,
    n_rightward integer
)
language sql stable parallel safe
set search_path = pg_catalog, pg_temp as $$
    with span as (
        select
            around.subject_id,
            around.lab_name,
            around.subject_nickname,
            min(around.session_date) as first_date,
            max(around.session_date) as last_date
        from analysis.paper_days_around(p_project, p_cut_off, p_criterion, p_days_before, p_days_after, p_criteria_set,
            p_include_excluded, p_include_simulated) as around
        group by around.subject_id, around.lab_name, around.subject_nickname
    ),
    session as materialized (
        select
            session.session_id,
            span.subject_id,
            span.lab_name,
            coalesce(subject_lab.institution_short, span.lab_name) as institution,
            span.subject_nickname,
            session.session_date
        from span
        join core.lab as subject_lab on subject_lab.lab_name = span.lab_name
        join core.session_context as session
            on session.subject_id = span.subject_id
            and session.session_date between span.first_date and span.last_date
        where session.task = p_task
            and session.session_id <> p_excluded_session
            and (not session.is_excluded or p_include_excluded)
            and (session.source is distinct from 'simulated' or p_include_simulated)
    ),
    trial as (
        select
            session.*,
            case p_task when 'training' then 50 else round(100 * trial.probability_left)::integer end as block,
            (100 * trial.signed_contrast)::double precision as signed_contrast_percent,
            trial.choice
        from session
        -- Session by session, by the key: a few of each subject's.
        cross join lateral (
            select signed_contrast, probability_left, choice
            from task.choice_trial
            where choice_trial.session_id = session.session_id
                and choice_trial.signed_contrast is not null
            offset 0
        ) as trial
    )
    select
        trial.session_id,
        trial.subject_id,
        trial.lab_name,
        trial.institution,
        trial.subject_nickname,
        trial.session_date,
        trial.block,
        trial.signed_contrast_percent,
        count(*)::integer,
        (count(*) filter (where trial.choice <> 0))::integer,
        (count(*) filter (where trial.choice = -1))::integer
    from trial
    where trial.block is not null
    group by trial.session_id, trial.subject_id, trial.lab_name, trial.institution, trial.subject_nickname, trial.session_date,
        trial.block, trial.signed_contrast_percent
$$;
comment on function analysis.paper_points_around(text, date, text, integer, integer, text, uuid, text, boolean, boolean) is
    'Choices of the paper''s subjects in the sessions of a task (training, biased, ephys) from the first to the last of their '
    'days around a criterion (analysis.paper_days_around). One row per session, block (100 x probability left; one block 50 in '
    'training) and signed contrast [%], with its trials, those with a response, and those reported right. institution is the '
    'lab''s, or the lab''s own name where none is recorded.';

create or replace function analysis.paper_mouse_points_around(
    p_project text,
    p_cut_off date,
    p_criterion text,
    p_days_before integer,
    p_days_after integer,
    p_task text,
    p_excluded_session uuid,
    p_criteria_set text,
    p_include_excluded boolean,
    p_include_simulated boolean,
    p_by_block boolean
)
returns table (
    subject_id uuid,
    lab_name text,
    institution text,
    subject_nickname text,
    block integer,
    signed_contrast_percent double precision,
    n_trials double precision,
    p_rightward double precision
)
language sql stable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select
        counted.subject_id,
        counted.lab_name,
        counted.institution,
        counted.subject_nickname,
        kind.block,
        counted.signed_contrast_percent,
        sum(counted.n_trials)::double precision,
        sum(counted.n_rightward)::double precision / nullif(sum(counted.n_responses), 0)
    from analysis.paper_points_around(p_project, p_cut_off, p_criterion, p_days_before, p_days_after, p_task, p_excluded_session,
            p_criteria_set, p_include_excluded, p_include_simulated) as counted
    cross join lateral (select case when p_by_block then counted.block end as block) as kind
    group by counted.subject_id, counted.lab_name, counted.institution, counted.subject_nickname, kind.block,
        counted.signed_contrast_percent
$$;
comment on function analysis.paper_mouse_points_around(
    text, date, text, integer, integer, text, uuid, text, boolean, boolean, boolean
) is
    'The same over all sessions of a subject together: trials and the share of its responses that were to the right (0 to 1; null without '
    'a response), by signed contrast [%], and by block where p_by_block says so, else over all blocks with block null.';

create or replace function analysis.paper_block_fits_around(
    p_project text,
    p_cut_off date,
    p_criterion text,
    p_days_before integer,
    p_days_after integer,
    p_task text,
    p_excluded_session uuid,
    p_criteria_set text,
    p_include_excluded boolean,
    p_include_simulated boolean
)
returns table (
    subject_id uuid,
    lab_name text,
    institution text,
    subject_nickname text,
    block integer,
    contrasts_percent double precision[],
    bias_percent double precision,
    threshold_percent double precision,
    lapse_low double precision,
    lapse_high double precision,
    log_likelihood double precision,
    n_levels integer,
    fit_quality text
)
language sql stable parallel safe
set search_path = pg_catalog, pg_temp as $$
    select
        levels.subject_id,
        levels.lab_name,
        levels.institution,
        levels.subject_nickname,
        levels.block,
        levels.contrasts_percent,
        best.*
    from (
        select
            point.subject_id,
            point.lab_name,
            point.institution,
            point.subject_nickname,
            point.block,
            array_agg(point.signed_contrast_percent) as contrasts_percent,
            array_agg(point.n_trials) as counts,
            array_agg(point.p_rightward) as shares
        from analysis.paper_mouse_points_around(p_project, p_cut_off, p_criterion, p_days_before, p_days_after, p_task, p_excluded_session,
            p_criteria_set, p_include_excluded, p_include_simulated, true) as point
        where point.block in (20, 80)
        group by point.subject_id, point.lab_name, point.institution, point.subject_nickname, point.block
    ) as levels
    cross join lateral analysis.psychometric_optimum(levels.contrasts_percent, levels.counts, levels.shares, 'paper') as best
$$;
comment on function analysis.paper_block_fits_around(text, date, text, integer, integer, text, uuid, text, boolean, boolean) is
    'The best function (analysis.psychometric_optimum, settings paper) of each subject in blocks with the left side at 20 and at 80 %, '
    'over all its sessions that analysis.paper_points_around selects. contrasts_percent are the signed contrasts that it saw [%].';
