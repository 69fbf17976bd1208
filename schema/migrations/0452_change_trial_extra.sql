-- Columns of trials that are not known here, as presentations and ROIs have them.

alter table task.change_trial add column extra jsonb;
comment on column task.change_trial.extra is 'Columns of the file that are not known here, by their names; null when there are none.';
