-- Settings of the classifier, for task.lab_classifier.
select
    key.key_no,
    cardinality(lab_classifier_params.metrics) as n_metrics,
    lab_classifier_params.decoder,
    lab_classifier_params.n_draws,
    lab_classifier_params.n_per_institution,
    lab_classifier_params.n_trees,
    lab_classifier_params.seed
from key
join task.lab_classifier_params using (lab_classifier_params_id)
order by key.key_no
