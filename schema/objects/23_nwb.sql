-- NWB files of any origin for analysts: rows of their tables with names.

create or replace view analysis.nwb_row as
select
    nwb_row.session_id,
    nwb_table.table_name,
    nwb_row.table_path,
    nwb_row."row",
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.subject_id,
    nwb_row.start_s::double precision as start_s,
    nwb_row.stop_s::double precision as stop_s,
    nwb_row."values",
    session.source,
    session.is_excluded
from task.nwb_row
join task.nwb_table using (session_id, table_path)
join core.session_context as session using (session_id);
comment on view analysis.nwb_row is
    'Rows of the tables of intervals and events of NWB files, with names: values ->> ''correct'' is column correct. One row per session, '
    'table and row.';
comment on column analysis.nwb_row.session_id is 'The session.';
comment on column analysis.nwb_row.table_name is 'Name of the table (trials).';
comment on column analysis.nwb_row.table_path is 'Its path in the file (/intervals/trials).';
comment on column analysis.nwb_row."row" is 'Number of the row in its table, from 1.';
comment on column analysis.nwb_row.lab_name is 'Lab where the session was run.';
comment on column analysis.nwb_row.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.nwb_row.session_date is 'Calendar date at the rig.';
comment on column analysis.nwb_row.subject_id is 'The subject.';
comment on column analysis.nwb_row.start_s is 'Start, or the time of an event [s, session clock].';
comment on column analysis.nwb_row.stop_s is 'End [s, session clock]; null for events.';
comment on column analysis.nwb_row."values" is 'All other columns by their names.';
comment on column analysis.nwb_row.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.nwb_row.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';
