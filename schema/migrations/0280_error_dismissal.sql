-- Errors that somebody looked at and set aside; see analysis.error.

create table core.error_dismissal (
    error_id uuid not null,
    dismissed_at timestamptz not null default clock_timestamp(),
    dismissed_by text not null,
    reason text not null,
    undone_at timestamptz,
    undone_by text,
    constraint error_dismissal_pkey primary key (error_id, dismissed_at),
    constraint error_dismissal_dismissed_by_check check (dismissed_by <> ''),
    constraint error_dismissal_reason_check check (reason <> ''),
    constraint error_dismissal_undone_check check ((undone_at is null) = (undone_by is null))
);
create unique index error_dismissal_current_idx on core.error_dismissal (error_id) where undone_at is null;
comment on table core.error_dismissal is
    'Errors of ingest and populate that were looked at and set aside, by whom and why; trialbase errors leaves them out. One row per error and dismissal; at most one holds.';
comment on column core.error_dismissal.error_id is
    'Error of analysis.error: made from its content, so that the same error met again stays dismissed and another of the same key does not. No foreign key: the error may have gone.';
comment on column core.error_dismissal.dismissed_at is 'When it was dismissed.';
comment on column core.error_dismissal.dismissed_by is 'Who dismissed it, as the operating system or --by called them.';
comment on column core.error_dismissal.reason is 'Why it may be left.';
comment on column core.error_dismissal.undone_at is 'When the dismissal was taken back; null while it holds.';
comment on column core.error_dismissal.undone_by is 'Who took it back; null while it holds.';
select engine.set_tier('core.error_dismissal', 'manual');
