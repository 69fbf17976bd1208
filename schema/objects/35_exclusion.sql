-- What people took out of analyses, with names.

create or replace view analysis.exclusion as
select
    exclusion.exclusion_id,
    subject.lab_name,
    subject.subject_id,
    subject.subject_nickname,
    exclusion.session_id,
    session.session_date,
    session.session_number,
    exclusion.fiber_idx,
    exclusion.reason,
    exclusion.added_by,
    exclusion.added_at,
    exclusion.lifted_at is null as is_current,
    exclusion.lifted_by,
    exclusion.lifted_at,
    exclusion.lift_reason,
    coalesce(session.source, subject.source) as source,
    exclusion.lifted_at is null as is_excluded
from core.exclusion
left join core.session_context as session using (session_id)
join core.subject_context as subject on subject.subject_id = coalesce(exclusion.subject_id, session.subject_id);
comment on view analysis.exclusion is
    'Subjects, sessions and recordings that were taken out of analyses by hand (trialbase exclude). One row per exclusion.';
comment on column analysis.exclusion.exclusion_id is 'Key of the exclusion.';
comment on column analysis.exclusion.lab_name is 'Lab that keeps the subject.';
comment on column analysis.exclusion.subject_id is 'The subject, or the session''s subject.';
comment on column analysis.exclusion.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.exclusion.session_id is 'The session; null for a whole subject.';
comment on column analysis.exclusion.session_date is 'Date of the session.';
comment on column analysis.exclusion.session_number is 'Number of the session within its subject and date.';
comment on column analysis.exclusion.fiber_idx is 'Number of the fibre, from 0; null for all of the session.';
comment on column analysis.exclusion.reason is 'Why.';
comment on column analysis.exclusion.added_by is 'Who took it out.';
comment on column analysis.exclusion.added_at is 'When.';
comment on column analysis.exclusion.is_current is 'Whether it is still out.';
comment on column analysis.exclusion.lifted_by is 'Who took it back in; null while it is out.';
comment on column analysis.exclusion.lifted_at is 'When; null while it is out.';
comment on column analysis.exclusion.lift_reason is 'Why it was taken back in.';
comment on column analysis.exclusion.source is 'Source of the session, or of the subject''s sessions; simulated when it is made up.';
comment on column analysis.exclusion.is_excluded is 'Whether it is still out, under the name that other views use.';
