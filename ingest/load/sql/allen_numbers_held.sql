-- Numbers that another source holds; they are unique across sources. $1 source; what tables name: $2 behaviour sessions, $3 imaging
-- sessions, $4 experiments, $5 containers, $6 cells. Columns: column_name, id, source (that holds it).
select 'behavior_session_id' as column_name, held.behavior_session_id as id, s.source
from task.behavior_session as held
join core.session as s using (session_id)
where held.behavior_session_id = any ($2::bigint[]) and s.source <> $1
union
select 'ophys_session_id', held.ophys_session_id, s.source
from imaging.ophys_session as held
join core.session as s using (session_id)
where held.ophys_session_id = any ($3::bigint[]) and s.source <> $1
union
select 'ophys_experiment_id', held.ophys_experiment_id, s.source
from imaging.experiment as held
join core.session as s using (session_id)
where held.ophys_experiment_id = any ($4::bigint[]) and s.source <> $1
union
select 'ophys_container_id', held.ophys_container_id, s.source
from imaging.experiment as held
join core.session as s using (session_id)
where held.ophys_container_id = any ($5::bigint[]) and s.source <> $1
union
select 'cell_roi_id', held.cell_roi_id, s.source
from imaging.listed_cell as held
join core.session as s using (session_id)
where held.cell_roi_id = any ($6::bigint[]) and s.source <> $1
