-- Cells whose experiment has come since.
update imaging.listed_cell as cell
set session_id = experiment.session_id
from imaging.experiment
where cell.session_id is null and experiment.ophys_experiment_id = cell.ophys_experiment_id
