-- More classifiers of institutions: logistic regression, and the time zone as a control (figure 3f), metrics of blocks (figure 4i).
-- Source: spec/ibl_behavior.md, 10.

alter table task.lab_classifier_params drop constraint lab_classifier_params_decoder_check;
alter table task.lab_classifier_params add constraint lab_classifier_params_decoder_check
    check (decoder in ('forest', 'bayes', 'logistic'));
comment on column task.lab_classifier_params.metrics is
    'Metrics that the institution is told from, see task.lab_comparison_value; time_zone: hours of its labs'' standard time ahead of UTC.';
comment on column task.lab_classifier_params.decoder is
    'forest: a random forest; bayes: Gaussian naive Bayes; logistic: multinomial logistic regression with a penalty of 1/2 the squared '
    'weights of standardised metrics.';

create or replace function task.note_changed_institution() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into task.pool_revision as revised (pool_id, revision)
    select distinct member.pool_id, 1
    from old_row as o
    join new_row as n using (lab_name)
    join core.session using (lab_name)
    join task.session_pool_member as member using (session_id)
    where n.institution_short is distinct from o.institution_short
        or n.time_zone is distinct from o.time_zone
    order by member.pool_id
    on conflict (pool_id) do update set revision = revised.revision + 1;
    return null;
end
$$;
comment on function task.note_changed_institution() is
    'Trigger: another institution or time zone of a lab counts as a change of the sets with sessions of this lab.';
comment on table task.pool_revision is
    'Changes of what institutions the sessions of a set belong to by their labs, and of these labs'' time zones, since it came. Kept by a '
    'trigger. One row per set; none: no change.';

select engine.register_computed(
    'task.lab_classifier',
    about => 'How well the institution of subjects is told from their metrics.',
    parts => array['task.lab_classifier_draw', 'task.lab_classifier_confusion'],
    inputs => array[
        engine.input('task.lab_comparison_value', owner => 'pool_id, lab_comparison_params_id', columns => array['institution_short', 'value']),
        engine.input('task.pool_revision', owner => 'pool_id'),
        engine.input('task.lab_classifier_params', owner => 'lab_classifier_params_id')
    ],
    restriction => $$ lab_comparison.lab_comparison_params_id = lab_classifier_params.compared $$);
