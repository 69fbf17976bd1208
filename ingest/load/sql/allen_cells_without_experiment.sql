-- Experiments that listed cells name and that are in no table. $1 cells.
select
    ophys_experiment_id,
    count(*) as n_cells,
    min(cell_roi_id) as first_cell
from imaging.listed_cell
where cell_roi_id = any ($1::bigint[]) and session_id is null
group by ophys_experiment_id
order by ophys_experiment_id
