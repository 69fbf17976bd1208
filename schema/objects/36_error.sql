-- What went wrong anywhere, in one list: sessions that ingest could not load, what it noticed about those that it
-- loaded, and keys that populate could not compute.

-- engine.job is generated after this file is applied, so that it is looked up when it is asked.
create or replace function engine.failed_keys()
returns table (table_name text, key_text text, error_type text, message text, detail text, attempt integer, worker_id uuid, failed_at timestamptz)
language plpgsql stable as $$
begin
    if to_regclass('engine.job') is null then
        return;
    end if;
    return query execute
        'select j.table_name, j.key_text, coalesce(j.error_type, ''Error''), coalesce(j.error_message, ''''), j.error_detail, '
        'j.attempt, j.worker_id, j.updated_at from engine.job as j where j.state = ''error''';
end
$$;
comment on function engine.failed_keys() is 'Failed keys of all computed tables with their last errors. One row per key.';

create or replace view analysis.error as
with failed as (
    select
        *,
        -- A key text is column=value,...; values of these two columns are UUIDs.
        substring(key_text from '(?:^|,)session_id=([0-9a-f]{8}-[0-9a-f-]{27})(?:,|$)')::uuid as session_id,
        substring(key_text from '(?:^|,)subject_id=([0-9a-f]{8}-[0-9a-f-]{27})(?:,|$)')::uuid as subject_id
    from engine.failed_keys()
),
met as (
    select
        e.error_id,
        'ingest' as origin,
        'error' as severity,
        null::text as table_name,
        e.identifier as key_text,
        e.error_type,
        e.message,
        e.hint,
        null::text as detail,
        nullif(e.file_path, '') as file_path,
        e.session_id,
        null::uuid as subject_id,
        e.lab_name,
        null::integer as attempt,
        null::uuid as worker_id,
        e.first_seen_at as noticed_at
    from core.session_error as e
    where e.resolved_at is null
    union all
    select
        md5(i.session_id::text || ':' || i.issue_id::text)::uuid,
        'ingest',
        -- An issue did not keep the session out: it is no error whatever its weight.
        case when i.severity = 'note' then 'note' else 'warning' end,
        null,
        i.session_id::text,
        i.issue_type,
        i.message,
        null,
        null,
        nullif(i.dataset, ''),
        i.session_id,
        null,
        null,
        null,
        null,
        null
    from core.session_issue as i
    union all
    select
        md5(f.table_name || ':' || f.key_text || ':' || f.error_type || ':' || f.message)::uuid,
        'populate',
        'error',
        f.table_name,
        f.key_text,
        f.error_type,
        f.message,
        null,
        f.detail,
        null,
        f.session_id,
        f.subject_id,
        null,
        f.attempt,
        f.worker_id,
        f.failed_at
    from failed as f
)
select
    met.error_id,
    met.origin,
    met.severity,
    met.table_name,
    met.key_text,
    met.error_type,
    met.message,
    met.hint,
    met.detail,
    met.file_path,
    met.session_id,
    coalesce(session.lab_name, subject.lab_name, met.lab_name) as lab_name,
    coalesce(session.subject_nickname, subject.subject_nickname) as subject_nickname,
    session.session_date,
    session.session_number,
    met.attempt,
    met.worker_id,
    met.noticed_at,
    dismissal.error_id is not null as is_dismissed,
    dismissal.reason as dismissal_reason,
    dismissal.dismissed_by,
    dismissal.dismissed_at,
    coalesce(session.source, subject.source) as source,
    coalesce(session.is_excluded, subject.is_excluded, false) as is_excluded
from met
left join core.session_context as session on session.session_id = met.session_id
left join core.subject_context as subject on subject.subject_id = met.subject_id
left join core.error_dismissal as dismissal
    on dismissal.error_id = met.error_id
    and dismissal.undone_at is null;
comment on view analysis.error is
    'Everything that went wrong and still stands: sessions that ingest could not load, what it noticed about others, keys that populate could not compute. One row per error or issue.';
comment on column analysis.error.error_id is 'Made from the error''s content: the same error again has the same one.';
comment on column analysis.error.origin is 'ingest or populate.';
comment on column analysis.error.severity is
    'error: a session was not loaded or a key not computed; warning or note: noticed about a session that was loaded.';
comment on column analysis.error.table_name is 'Computed table; null for ingest.';
comment on column analysis.error.key_text is
    'Populate: the key as column=value,...; ingest: the session''s name in its source, or the file or folder; for issues the session''s key.';
comment on column analysis.error.error_type is 'Name of the kind of error.';
comment on column analysis.error.message is 'What is wrong and what was expected.';
comment on column analysis.error.hint is 'What to do about it; null where nobody knows.';
comment on column analysis.error.detail is 'Longer text of a populate error.';
comment on column analysis.error.file_path is 'File or dataset concerned; null for none in particular.';
comment on column analysis.error.session_id is 'The session, loaded or not; null for keys that belong to none.';
comment on column analysis.error.lab_name is 'Lab, where it is known.';
comment on column analysis.error.subject_nickname is 'Subject within its lab, where it is loaded.';
comment on column analysis.error.session_date is 'Date of the session, where it is loaded.';
comment on column analysis.error.session_number is 'Number of the session within its subject and date, where it is loaded and has one.';
comment on column analysis.error.attempt is 'How often the key was tried; null for ingest.';
comment on column analysis.error.worker_id is 'Worker that tried the key last; null for ingest.';
comment on column analysis.error.noticed_at is 'When it was first met (ingest) or happened last (populate); null for issues.';
comment on column analysis.error.is_dismissed is 'Whether somebody set it aside (core.error_dismissal).';
comment on column analysis.error.dismissal_reason is 'Why it was set aside; null while it is not.';
comment on column analysis.error.dismissed_by is 'Who set it aside; null while it is not.';
comment on column analysis.error.dismissed_at is 'When it was set aside; null while it is not.';
comment on column analysis.error.source is
    'Source of the session or of the subject''s sessions; simulated when it is made up; null where neither is loaded.';
comment on column analysis.error.is_excluded is
    'Whether the session or its subject was taken out of analyses by hand; false where neither is loaded.';
