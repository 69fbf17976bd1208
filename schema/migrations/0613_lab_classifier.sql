-- How well a mouse's institution is told from what it does. Filled by compute/task/lab_classifier.
-- Source: spec/ibl_behavior.md, 10 (figures 3f and 4i).

create table task.lab_classifier_params (
    lab_classifier_params_id text not null,
    description text not null,
    compared text not null,
    metrics text[] not null,
    decoder text not null,
    n_draws integer not null,
    n_per_institution integer not null,
    n_trees integer not null,
    seed integer not null,
    constraint lab_classifier_params_pkey primary key (lab_classifier_params_id),
    constraint lab_classifier_params_metrics_check check (cardinality(metrics) > 0),
    constraint lab_classifier_params_decoder_check check (decoder in ('forest', 'bayes')),
    constraint lab_classifier_params_n_check check (n_draws >= 1 and n_per_institution >= 2 and n_trees >= 1),
    constraint lab_classifier_params_seed_check check (seed >= 0)
);
comment on table task.lab_classifier_params is 'Settings of the classifiers of institutions. One row per set. Change none: add a set.';
comment on column task.lab_classifier_params.lab_classifier_params_id is 'Name of the set; the key.';
comment on column task.lab_classifier_params.description is 'What the set is for.';
comment on column task.lab_classifier_params.compared is 'Settings of the comparison that has the metrics: task.lab_comparison_params.';
comment on column task.lab_classifier_params.metrics is 'Metrics that the institution is told from, see task.lab_comparison_value.';
comment on column task.lab_classifier_params.decoder is 'forest: a random forest; bayes: Gaussian naive Bayes.';
comment on column task.lab_classifier_params.n_draws is 'How often subjects are drawn.';
comment on column task.lab_classifier_params.n_per_institution is
    'Subjects drawn of each institution; those with fewer that have all metrics are left out.';
comment on column task.lab_classifier_params.n_trees is 'Trees of a forest.';
comment on column task.lab_classifier_params.seed is 'Seed of the random numbers.';
select engine.set_tier('task.lab_classifier_params', 'lookup');

create table task.lab_classifier (
    pool_id text not null,
    lab_comparison_params_id text not null,
    lab_classifier_params_id text not null,
    n_subjects integer not null,
    n_institutions integer not null,
    mean_accuracy units.fraction not null,
    sd_accuracy units.fraction,
    mean_shuffled_accuracy units.fraction not null,
    sd_shuffled_accuracy units.fraction,
    fraction_above_chance units.fraction not null,
    constraint lab_classifier_pkey primary key (pool_id, lab_comparison_params_id, lab_classifier_params_id),
    constraint lab_classifier_lab_comparison_fkey foreign key (pool_id, lab_comparison_params_id)
        references task.lab_comparison on delete cascade,
    constraint lab_classifier_lab_classifier_params_fkey foreign key (lab_classifier_params_id)
        references task.lab_classifier_params on delete cascade
);
create index lab_classifier_params_idx on task.lab_classifier (lab_classifier_params_id);
comment on table task.lab_classifier is
    'How well a subject''s institution is told from its metrics: subjects are drawn, as many of each institution, and each is told from all the '
    'others. One row per set of sessions with enough subjects of two institutions, settings of the comparison and parameter set. Computed by '
    'lab_classifier.';
comment on column task.lab_classifier.pool_id is 'The set of sessions.';
comment on column task.lab_classifier.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_classifier.lab_classifier_params_id is 'Settings of the classifier.';
comment on column task.lab_classifier.n_subjects is 'Subjects of these institutions with all metrics, who are drawn from.';
comment on column task.lab_classifier.n_institutions is 'Institutions with as many subjects as are drawn; chance is 1 / n_institutions.';
comment on column task.lab_classifier.mean_accuracy is
    'Mean over draws of the share of subjects whose institution is told right (the micro-averaged F1), 0 to 1.';
comment on column task.lab_classifier.sd_accuracy is 'Its standard deviation over draws; null for one draw.';
comment on column task.lab_classifier.mean_shuffled_accuracy is 'The same mean with institutions shuffled among the subjects of each draw.';
comment on column task.lab_classifier.sd_shuffled_accuracy is 'Its standard deviation over draws; null for one draw.';
comment on column task.lab_classifier.fraction_above_chance is 'Share of the draws whose accuracy is above chance, 0 to 1.';

create table task.lab_classifier_draw (
    pool_id text not null,
    lab_comparison_params_id text not null,
    lab_classifier_params_id text not null,
    draw integer not null,
    accuracy units.fraction not null,
    shuffled_accuracy units.fraction not null,
    constraint lab_classifier_draw_pkey primary key (pool_id, lab_comparison_params_id, lab_classifier_params_id, draw),
    constraint lab_classifier_draw_draw_check check (draw >= 1),
    constraint lab_classifier_draw_lab_classifier_fkey foreign key (pool_id, lab_comparison_params_id, lab_classifier_params_id)
        references task.lab_classifier on delete cascade
);
comment on table task.lab_classifier_draw is
    'Accuracy of each draw. One row per row of task.lab_classifier and draw. Part of task.lab_classifier.';
comment on column task.lab_classifier_draw.pool_id is 'The set of sessions.';
comment on column task.lab_classifier_draw.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_classifier_draw.lab_classifier_params_id is 'Settings of the classifier.';
comment on column task.lab_classifier_draw.draw is 'Number of the draw, from 1.';
comment on column task.lab_classifier_draw.accuracy is 'Share of the subjects whose institution is told right, 0 to 1.';
comment on column task.lab_classifier_draw.shuffled_accuracy is 'The same with institutions shuffled among the subjects.';

create table task.lab_classifier_confusion (
    pool_id text not null,
    lab_comparison_params_id text not null,
    lab_classifier_params_id text not null,
    institution_short text not null,
    told_institution_short text not null,
    n_told bigint not null,
    fraction_told units.fraction not null,
    constraint lab_classifier_confusion_pkey primary key (
        pool_id, lab_comparison_params_id, lab_classifier_params_id, institution_short, told_institution_short),
    constraint lab_classifier_confusion_lab_classifier_fkey foreign key (pool_id, lab_comparison_params_id, lab_classifier_params_id)
        references task.lab_classifier on delete cascade
);
comment on table task.lab_classifier_confusion is
    'Which institution is taken for which. One row per row of task.lab_classifier and pair of institutions, equal ones too. Part of '
    'task.lab_classifier.';
comment on column task.lab_classifier_confusion.pool_id is 'The set of sessions.';
comment on column task.lab_classifier_confusion.lab_comparison_params_id is 'Settings of the comparison.';
comment on column task.lab_classifier_confusion.lab_classifier_params_id is 'Settings of the classifier.';
comment on column task.lab_classifier_confusion.institution_short is 'Institution of the subjects.';
comment on column task.lab_classifier_confusion.told_institution_short is 'Institution that they are told to be of.';
comment on column task.lab_classifier_confusion.n_told is 'How many times, over all draws.';
comment on column task.lab_classifier_confusion.fraction_told is 'Share of all that were told of this institution''s subjects, 0 to 1.';

select engine.register_computed(
    'task.lab_classifier',
    about => 'How well the institution of subjects is told from their metrics.',
    parts => array['task.lab_classifier_draw', 'task.lab_classifier_confusion'],
    inputs => array[
        engine.input('task.lab_comparison_value', owner => 'pool_id, lab_comparison_params_id', columns => array['institution_short', 'value']),
        engine.input('task.lab_classifier_params', owner => 'lab_classifier_params_id')
    ],
    restriction => $$ lab_comparison.lab_comparison_params_id = lab_classifier_params.compared $$);
