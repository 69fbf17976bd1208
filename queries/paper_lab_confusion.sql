-- Which institution is taken for which when mice are told by what they do (figures 3f, 4i)? The set says which sessions count: trialbase pool fill.
-- :param pool text default 'paper/trained' of task.session_pool.pool_id -- the set of sessions, exactly
-- :param params text default 'forest' of task.lab_classifier_params.lab_classifier_params_id -- settings of the classifier: forest, bayes, logistic (8 mice of each institution), forest_of_five, forest_with_time_zone, blocks_forest (figure 4i, of a set such as paper/ephys)
-- :column institution_short text -- institution of the mice
-- :column told_institution_short text -- institution that they are told to be of
-- :column n_told integer -- how many times, over all draws
-- :column told_percent double precision -- share of all that were told of this institution's mice [%]
-- :column n_subjects integer -- mice that are drawn from
-- :column n_draws integer -- draws
\if :{?pool} \else \set pool 'paper/trained' \endif
\if :{?params} \else \set params 'forest' \endif
select
    confusion.institution_short,
    confusion.told_institution_short,
    confusion.n_told::integer as n_told,
    100 * confusion.fraction_told::double precision as told_percent,
    classifier.n_subjects,
    params.n_draws
from task.lab_classifier as classifier
join task.lab_classifier_params as params using (lab_classifier_params_id)
join task.lab_classifier_confusion as confusion using (pool_id, lab_comparison_params_id, lab_classifier_params_id)
where classifier.pool_id = :'pool'
    and classifier.lab_classifier_params_id = :'params'
order by confusion.institution_short, confusion.told_institution_short;
