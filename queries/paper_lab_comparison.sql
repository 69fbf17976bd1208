-- Do institutions differ in what their mice do in a set of sessions, metric by metric (figures 3c to 3e, 4f to 4h, the tests of 2g)? The set says which sessions count: trialbase pool fill.
-- :param pool text default 'paper/trained' of task.session_pool.pool_id -- the set of sessions, exactly
-- :param params text default 'performance' of task.lab_comparison_params.lab_comparison_params_id -- what is compared: performance, blocks, learning
-- :column metric text -- name of the metric, see task.lab_comparison_value
-- :column metric_no integer -- its place in the order of the metrics, from 1
-- :column institution_short text -- short name of the institution, or the lab's name where it has none
-- :column lab_name text -- lab that keeps the subject
-- :column subject_nickname text -- name of the subject within its lab
-- :column value double precision -- the subject's metric, in the unit of its name
-- :column n_subjects integer -- subjects with this metric
-- :column n_institutions integer -- their institutions
-- :column test text -- anova (values are normal) or kruskal (by ranks); empty, as the p values, where nothing could be tested
-- :column p double precision -- its p value
-- :column p_adjusted double precision -- the p value after Benjamini and Hochberg over the metrics
-- :column levene_p_adjusted double precision -- that of Levene's test for equal spread, adjusted likewise
-- :column source text -- sources of the subject's sessions; simulated when it is made up
\if :{?pool} \else \set pool 'paper/trained' \endif
\if :{?params} \else \set params 'performance' \endif
select
    metric.metric,
    metric.metric_no,
    value.institution_short,
    subject.lab_name,
    subject.subject_nickname,
    value.value::double precision as value,
    metric.n_subjects,
    metric.n_institutions,
    metric.test,
    metric.p::double precision as p,
    metric.p_adjusted::double precision as p_adjusted,
    metric.levene_p_adjusted::double precision as levene_p_adjusted,
    subject.source
from task.lab_comparison_metric as metric
join task.lab_comparison_value as value using (pool_id, lab_comparison_params_id, metric)
join core.subject_context as subject using (subject_id)
where metric.pool_id = :'pool'
    and metric.lab_comparison_params_id = :'params'
order by metric.metric_no, value.institution_short, subject.lab_name, subject.subject_nickname;
