-- How well is a mouse's institution told from what it does, draw by draw (figures 3f, 4i)? The set says which sessions count: trialbase pool fill.
-- :param pool text default 'paper/trained' of task.session_pool.pool_id -- the set of sessions, exactly
-- :param params text default 'forest' of task.lab_classifier_params.lab_classifier_params_id -- settings of the classifier: forest, bayes, logistic (8 mice of each institution), forest_of_five, forest_with_time_zone, blocks_forest (figure 4i, of a set such as paper/ephys)
-- :column draw integer -- number of the draw
-- :column accuracy double precision -- share of the draw's mice whose institution was told right, 0 to 1
-- :column shuffled_accuracy double precision -- the same with institutions shuffled among them
-- :column n_subjects integer -- mice that are drawn from
-- :column n_institutions integer -- their institutions
-- :column n_per_institution integer -- mice drawn of each
-- :column decoder text -- forest: random forest; bayes: Gaussian naive Bayes; logistic: logistic regression
\if :{?pool} \else \set pool 'paper/trained' \endif
\if :{?params} \else \set params 'forest' \endif
select
    draw.draw,
    draw.accuracy::double precision as accuracy,
    draw.shuffled_accuracy::double precision as shuffled_accuracy,
    classifier.n_subjects,
    classifier.n_institutions,
    params.n_per_institution,
    params.decoder
from task.lab_classifier as classifier
join task.lab_classifier_params as params using (lab_classifier_params_id)
join task.lab_classifier_draw as draw using (pool_id, lab_comparison_params_id, lab_classifier_params_id)
where classifier.pool_id = :'pool'
    and classifier.lab_classifier_params_id = :'params'
order by draw.draw;
