-- analysis.task_day called performance what analysis.learning_curve calls performance_easy. It is made again by schema/objects, under
-- a name of its own. Without cascade: see 0460.

drop view if exists analysis.task_day;
