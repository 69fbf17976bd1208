-- What is known of a session of change detection: by its file, by the project's tables, and, where neither tells, by the rules of
-- spec/change_detection.md, 4, over all sessions of the mouse that are here. A view, so that it follows whatever is loaded or goes.

create or replace function task.stage_number(session_type text) returns integer
language sql immutable parallel safe
as $$ select substring(session_type from '^OPHYS_([0-9]{1,9})')::integer $$;
comment on function task.stage_number(text) is 'The number after OPHYS_ in a session type; null for other stages.';

create or replace function task.stage_image_set(session_type text) returns text
language sql immutable parallel safe
as $$
    select case split_part(session_type, '_', 3)
        when 'gratings' then 'gratings'
        when 'images' then 'images_' || nullif(split_part(session_type, '_', 4), '')
    end
$$;
comment on function task.stage_image_set(text) is 'Images that a session type names (images_A, gratings); null where it names none.';

create or replace function task.stage_behavior_type(session_type text) returns text
language sql immutable parallel safe
as $$
    select case
        when session_type like '%passive%' and session_type like '%OPHYS%' then 'passive_viewing'
        when session_type is not null then 'active_behavior'
    end
$$;
comment on function task.stage_behavior_type(text) is 'passive_viewing for passive imaging stages, else active_behavior.';

create or replace function task.stage_experience_level(session_type text, prior_exposures_to_image_set integer) returns text
language sql immutable parallel safe
as $$
    select case
        when session_type like 'TRAINING%' then 'Training'
        when task.stage_number(session_type) between 0 and 3 then 'Familiar'
        when task.stage_number(session_type) between 4 and 6 and prior_exposures_to_image_set = 0 then 'Novel 1'
        when task.stage_number(session_type) between 4 and 6 then 'Novel >1'
    end
$$;
comment on function task.stage_experience_level(text, integer) is
    'Training, Familiar, Novel 1 or Novel >1, as stage and earlier sessions with its images tell; null for other stages.';

create or replace function task.cre_line(full_genotype text) returns text
language sql immutable parallel safe
as $$ select case when full_genotype like '%;%' then replace(split_part(full_genotype, ';', 1), '/wt', '') end $$;
comment on function task.cre_line(text) is 'First allele of a genotype, without its /wt; null when there is one allele only.';

create or replace function task.reporter_line(full_genotype text) returns text
language sql immutable parallel safe
as $$
    select min(replace(allele, '/wt', ''))
    from unnest(string_to_array(full_genotype, ';')) as allele
    where allele ~ '^Ai[0-9]+\('
    having count(*) = 1
$$;
comment on function task.reporter_line(text) is 'The allele of a genotype that is a reporter (Ai93(TITL-GCaMP6f)); null without one or with several.';

create or replace function task.calcium_indicator(reporter_line text) returns text
language sql immutable parallel safe
as $$
    select case
        when reporter_line like '%GCaMP6f%' or reporter_line like '%GC6f%' then 'GCaMP6f'
        when reporter_line like '%GCaMP6s%' then 'GCaMP6s'
    end
$$;
comment on function task.calcium_indicator(text) is 'GCaMP6f or GCaMP6s, as a reporter line names it; null for others.';

create or replace view task.change_session_fact as
with known as (
    select session_id from task.behavior_session
    union
    select session_id from task.change_session
    union
    select session_id from imaging.ophys_session
    union
    select session_id from imaging.experiment
),
told as (
    select
        session.session_id,
        session.subject_id,
        session.start_time,
        session.session_date,
        session.lab_name,
        session.source,
        subject.nickname as subject_nickname,
        subject.birth_date,
        listed.session_id is not null as is_listed,
        loaded.session_id is not null as has_trials,
        coalesce(listed.behavior_session_id, imaged.behavior_session_id, experiment.behavior_session_id, file.behavior_session_id)
            as behavior_session_id,
        coalesce(listed.ophys_session_id, imaged.ophys_session_id, experiment.ophys_session_id, plane.ophys_session_id) as ophys_session_id,
        coalesce(loaded.session_type, listed.session_type, imaged.session_type, experiment.session_type) as session_type,
        -- What a table says of another stage than the file's is not said of this session.
        loaded.session_type <> coalesce(listed.session_type, imaged.session_type, experiment.session_type) as is_other_stage,
        loaded.image_set as file_image_set,
        loaded.omitted_flash_fraction,
        coalesce(listed.session_number, imaged.session_number, experiment.session_number) as stage_number,
        coalesce(listed.image_set, imaged.image_set) as image_set,
        coalesce(listed.behavior_type, imaged.behavior_type, experiment.behavior_type) as behavior_type,
        coalesce(listed.experience_level, imaged.experience_level, experiment.experience_level) as experience_level,
        coalesce(
            listed.prior_exposures_to_session_type, imaged.prior_exposures_to_session_type, experiment.prior_exposures_to_session_type
        ) as prior_exposures_to_session_type,
        coalesce(listed.prior_exposures_to_image_set, imaged.prior_exposures_to_image_set, experiment.prior_exposures_to_image_set)
            as prior_exposures_to_image_set,
        coalesce(listed.prior_exposures_to_omissions, imaged.prior_exposures_to_omissions, experiment.prior_exposures_to_omissions)
            as prior_exposures_to_omissions,
        coalesce(listed.project_code, imaged.project_code, experiment.project_code, file.project_code) as project_code,
        coalesce(listed.full_genotype, imaged.full_genotype, experiment.full_genotype, subject.line_name) as full_genotype,
        coalesce(listed.cre_line, imaged.cre_line, experiment.cre_line) as cre_line,
        coalesce(listed.driver_line, imaged.driver_line, experiment.driver_line, file.driver_line) as driver_line,
        coalesce(listed.reporter_line, imaged.reporter_line, experiment.reporter_line, file.reporter_line) as reporter_line,
        coalesce(listed.indicator, imaged.indicator, experiment.indicator, plane.indicator) as indicator,
        coalesce(listed.age_in_days, imaged.age_in_days, experiment.age_in_days, file.age_in_days) as age_in_days,
        coalesce(listed.num_targeted_structures, imaged.num_targeted_structures) as num_targeted_structures,
        coalesce(listed.num_depths_per_area, imaged.num_depths_per_area) as num_depths_per_area
    from known
    join core.session using (session_id)
    join core.subject using (subject_id)
    left join task.behavior_session as listed using (session_id)
    left join task.change_session as loaded using (session_id)
    left join imaging.ophys_session as imaged using (session_id)
    left join lateral (
        select
            case when session.details ->> 'behavior_session_id' ~ '^[0-9]{1,18}$' then (session.details ->> 'behavior_session_id')::bigint end
                as behavior_session_id,
            session.details ->> 'project_code' as project_code,
            session.details ->> 'reporter_line' as reporter_line,
            case
                when jsonb_typeof(session.details -> 'driver_line') = 'array'
                    then array(select jsonb_array_elements_text(session.details -> 'driver_line'))
            end as driver_line,
            substring(session.details ->> 'age' from '^P([0-9]{1,6})D?$')::integer as age_in_days
        where loaded.session_id is not null
    ) as file on true
    left join lateral (
        select min(p.ophys_session_id) as ophys_session_id, min(p.indicator) as indicator
        from imaging.plane as p
        where p.session_id = loaded.session_id
    ) as plane on true
    left join lateral (
        select e.*
        from imaging.experiment as e
        where e.session_id = session.session_id
        order by e.ophys_experiment_id
        limit 1
    ) as experiment on true
),
counted as (
    select
        told.*,
        case when session_type is not null then (count(*) over of_type - 1)::integer end as earlier_of_type,
        case when session_type ~ 'images_\w' then (count(*) over of_images - 1)::integer end as earlier_with_images,
        case
            when session_type is not null
                then (count(*) filter (
                    where session_type like 'OPHYS%' and (session_type not like '%habituation%' or omitted_flash_fraction > 0)
                ) over before_it)::integer
        end as earlier_with_omissions
    from told
    window
        of_type as (partition by subject_id, session_type order by start_time, session_id rows unbounded preceding),
        of_images as (
            partition by subject_id, substring(session_type from 'images_(\w)') order by start_time, session_id rows unbounded preceding),
        before_it as (partition by subject_id order by start_time, session_id rows between unbounded preceding and 1 preceding)
),
valid as (
    select
        counted.*,
        case when is_other_stage is not true then stage_number end as told_stage_number,
        case when is_other_stage is not true then coalesce(file_image_set, image_set) else file_image_set end as told_image_set,
        case when is_other_stage is not true then behavior_type end as told_behavior_type,
        case when is_other_stage is not true then experience_level end as told_experience_level,
        case when is_other_stage is not true then prior_exposures_to_session_type end as told_exposures_to_session_type,
        case when is_other_stage is not true then prior_exposures_to_image_set end as told_exposures_to_image_set,
        coalesce(reporter_line, task.reporter_line(full_genotype)) as known_reporter_line
    from counted
)
select
    session_id,
    subject_id,
    lab_name,
    subject_nickname,
    session_date,
    is_listed,
    has_trials,
    behavior_session_id,
    ophys_session_id,
    session_type,
    coalesce(told_stage_number, task.stage_number(session_type)) as stage_number,
    coalesce(told_image_set, task.stage_image_set(session_type)) as image_set,
    coalesce(told_behavior_type, task.stage_behavior_type(session_type)) as behavior_type,
    coalesce(
        told_experience_level,
        task.stage_experience_level(session_type, coalesce(told_exposures_to_image_set, earlier_with_images))
    ) as experience_level,
    coalesce(told_exposures_to_session_type, earlier_of_type) as prior_exposures_to_session_type,
    coalesce(told_exposures_to_image_set, earlier_with_images) as prior_exposures_to_image_set,
    coalesce(prior_exposures_to_omissions, earlier_with_omissions) as prior_exposures_to_omissions,
    project_code,
    full_genotype,
    coalesce(cre_line, task.cre_line(full_genotype)) as cre_line,
    driver_line,
    known_reporter_line as reporter_line,
    coalesce(indicator, task.calcium_indicator(known_reporter_line)) as indicator,
    coalesce(age_in_days, session_date - birth_date) as age_in_days,
    coalesce(
        num_targeted_structures,
        case project_code
            when 'VisualBehavior' then 1
            when 'VisualBehaviorTask1B' then 1
            when 'VisualBehaviorMultiscope' then 2
            when 'VisualBehaviorMultiscope4areasx2d' then 4
        end
    ) as num_targeted_structures,
    coalesce(
        num_depths_per_area,
        case project_code
            when 'VisualBehavior' then 1
            when 'VisualBehaviorTask1B' then 1
            when 'VisualBehaviorMultiscope' then 4
            when 'VisualBehaviorMultiscope4areasx2d' then 2
        end
    ) as num_depths_per_area,
    array_remove(
        array[
            case when told_stage_number is null and task.stage_number(session_type) is not null then 'stage_number' end,
            case when told_image_set is null and task.stage_image_set(session_type) is not null then 'image_set' end,
            case when told_behavior_type is null and session_type is not null then 'behavior_type' end,
            case
                when told_experience_level is null and task.stage_experience_level(session_type, null) is not null then 'experience_level'
            end,
            case
                when told_exposures_to_session_type is null and earlier_of_type is not null then 'prior_exposures_to_session_type'
            end,
            case
                when told_exposures_to_image_set is null and earlier_with_images is not null then 'prior_exposures_to_image_set'
            end,
            case
                when prior_exposures_to_omissions is null and earlier_with_omissions is not null then 'prior_exposures_to_omissions'
            end,
            case when cre_line is null and task.cre_line(full_genotype) is not null then 'cre_line' end,
            case when reporter_line is null and known_reporter_line is not null then 'reporter_line' end,
            case when indicator is null and task.calcium_indicator(known_reporter_line) is not null then 'indicator' end,
            case when age_in_days is null and birth_date is not null then 'age_in_days' end
        ],
        null
    ) as derived_columns,
    source,
    exists (
        select from core.excluded_session where excluded_session.session_id = valid.session_id
    ) as is_excluded
from valid;
comment on view task.change_session_fact is
    'What is known of sessions of change detection: the file''s word for the stage and what follows from it, else the tables'', and '
    'what neither tells derived from stage, genotype, project and the mouse''s earlier sessions that are here. One row per session that '
    'a table lists or whose trials are loaded. For people: analysis.change_session.';
comment on column task.change_session_fact.session_id is 'The session.';
comment on column task.change_session_fact.subject_id is 'The subject.';
comment on column task.change_session_fact.lab_name is 'Lab where the session was run.';
comment on column task.change_session_fact.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column task.change_session_fact.session_date is 'Calendar date at the rig.';
comment on column task.change_session_fact.is_listed is 'Whether the table of behaviour sessions lists it.';
comment on column task.change_session_fact.has_trials is 'Whether its trials are loaded.';
comment on column task.change_session_fact.behavior_session_id is 'Number of the session at the Allen Institute; null when nothing tells it.';
comment on column task.change_session_fact.ophys_session_id is 'Number of its imaging session; null without imaging.';
comment on column task.change_session_fact.session_type is
    'Stage of training or imaging (OPHYS_1_images_A): the file''s, else the table''s.';
comment on column task.change_session_fact.stage_number is 'Number after OPHYS_ in the session type; null in training.';
comment on column task.change_session_fact.image_set is 'Images shown (images_A, gratings).';
comment on column task.change_session_fact.behavior_type is 'active_behavior or passive_viewing, as the stage tells.';
comment on column task.change_session_fact.experience_level is 'Training, Familiar, Novel 1 or Novel >1; null for other stages.';
comment on column task.change_session_fact.prior_exposures_to_session_type is 'Earlier sessions of the mouse with this session type.';
comment on column task.change_session_fact.prior_exposures_to_image_set is
    'Earlier sessions of the mouse with this image set; null without images.';
comment on column task.change_session_fact.prior_exposures_to_omissions is 'Earlier sessions of the mouse with omitted flashes.';
comment on column task.change_session_fact.project_code is 'Project that the session was recorded for.';
comment on column task.change_session_fact.full_genotype is 'Genotype with all its alleles.';
comment on column task.change_session_fact.cre_line is 'Cre line.';
comment on column task.change_session_fact.driver_line is 'Driver lines.';
comment on column task.change_session_fact.reporter_line is 'Reporter line.';
comment on column task.change_session_fact.indicator is 'Calcium indicator.';
comment on column task.change_session_fact.age_in_days is 'Age at the session [days].';
comment on column task.change_session_fact.num_targeted_structures is 'Areas imaged in sessions of the project.';
comment on column task.change_session_fact.num_depths_per_area is 'Depths imaged in each area in sessions of the project.';
comment on column task.change_session_fact.derived_columns is
    'Columns here that neither a table nor the file tells: they are derived, and counts of earlier sessions are of those that are here.';
comment on column task.change_session_fact.source is 'Source of the session; simulated when it is made up.';
comment on column task.change_session_fact.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
