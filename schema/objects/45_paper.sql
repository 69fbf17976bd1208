-- Selections of subjects, sessions and days of the paper on standardized behaviour. Functions, because several named queries begin with
-- them. Source: spec/ibl_behavior.md, 9.4.

create or replace function analysis.paper_subjects(
    p_project text,
    p_cut_off date,
    p_criterion text,
    p_criteria_set text,
    p_include_excluded boolean,
    p_include_simulated boolean
)
returns table (
    subject_id uuid,
    lab_name text,
    institution_short text,
    project_name text,
    subject_nickname text,
    sex text,
    birth_date date,
    criterion_date date
)
language sql stable parallel safe
set search_path = pg_catalog, pg_temp as $$
    with reached as (
        select
            session.subject_id,
            min(session.session_date) as criterion_date
        from task.training_status as judged
        join core.session_context as session on session.session_id = judged.session_id
        where judged.criteria_set = p_criteria_set
            and case p_criterion
                when 'none' then true
                when 'trained' then judged.status in ('trained 1a', 'trained 1b')
                when 'biased' then session.task_protocol like '%biased%'
                when 'ephys' then judged.status like 'ready%'
                else false
            end
            and (not session.is_excluded or p_include_excluded)
            and (session.source <> 'simulated' or p_include_simulated)
        group by session.subject_id
    )
    select
        subject.subject_id,
        subject.lab_name,
        subject.institution_short,
        subject_project.project_name,
        subject.subject_nickname,
        subject.sex,
        subject.birth_date,
        reached.criterion_date
    from reached
    join core.subject_context as subject using (subject_id)
    left join core.subject_project using (subject_id)
    where coalesce(subject_project.project_name, '') like p_project
        and reached.criterion_date <= p_cut_off
$$;
comment on function analysis.paper_subjects(text, date, text, text, boolean, boolean) is
    'Subjects of the paper: of a project (a pattern; with % subjects without any count too), that reached a criterion by a date. criterion: none (any session with a training '
    'status), trained (status trained 1a or trained 1b), biased (a biased session), ephys (any status ready4...); criteria_set: rules of '
    'the status. One row per subject and project, with the first date of the criterion.';

create or replace function analysis.paper_days_around(
    p_project text,
    p_cut_off date,
    p_criterion text,
    p_days_before integer,
    p_days_after integer,
    p_criteria_set text,
    p_include_excluded boolean,
    p_include_simulated boolean
)
returns table (
    subject_id uuid,
    lab_name text,
    subject_nickname text,
    session_date date,
    training_day integer,
    day_of_criterion integer
)
language sql stable parallel safe
set search_path = pg_catalog, pg_temp as $$
    with subject as (
        select distinct chosen.subject_id, chosen.lab_name, chosen.subject_nickname
        from analysis.paper_subjects(p_project, p_cut_off, 'trained', p_criteria_set, p_include_excluded, p_include_simulated) as chosen
    ),
    reached as (
        select
            session.subject_id,
            min(session.session_date) as criterion_date
        from task.training_status as judged
        join core.session_context as session on session.session_id = judged.session_id
        where judged.criteria_set = p_criteria_set
            and case p_criterion
                when 'trained' then judged.status in ('trained 1a', 'trained 1b')
                when 'biased' then session.task_protocol like '%biased%' and judged.status = 'trained 1b'
                when 'ephys' then judged.status like 'ready%'
                else false
            end
            and (not session.is_excluded or p_include_excluded)
            and (session.source <> 'simulated' or p_include_simulated)
        group by session.subject_id
    ),
    day as materialized (
        select summary.subject_uuid as subject_id, summary.session_date, summary.training_day
        from analysis.ibl_behavioral_summary_by_date as summary
        where (not summary.is_excluded or p_include_excluded)
            and (summary.source <> 'simulated' or p_include_simulated)
    )
    select
        subject.subject_id,
        subject.lab_name,
        subject.subject_nickname,
        day.session_date,
        day.training_day,
        criterion_day.training_day
    from subject
    join reached using (subject_id)
    join day as criterion_day
        on criterion_day.subject_id = subject.subject_id
        and criterion_day.session_date = reached.criterion_date
    join day on day.subject_id = subject.subject_id
    where day.training_day - criterion_day.training_day between -p_days_before and p_days_after
$$;
comment on function analysis.paper_days_around(text, date, text, integer, integer, text, boolean, boolean) is
    'Days of trained subjects of the paper around the day of a criterion, so many training days before to so many after it. criterion: '
    'trained, ephys (as in analysis.paper_subjects), biased (a biased session with status trained 1b). One row per subject and date.';
