-- Listed cells. An experiment that is not there costs no row. $1 array of {cell_roi_id, cell_specimen_id, ophys_experiment_id,
-- release, extra}.
with written as (
    insert into imaging.listed_cell as held (cell_roi_id, cell_specimen_id, ophys_experiment_id, session_id, release, extra)
    select
        given.cell_roi_id,
        given.cell_specimen_id,
        given.ophys_experiment_id,
        experiment.session_id,
        given.release,
        given.extra
    from jsonb_populate_recordset(null::imaging.listed_cell, $1::jsonb) as given
    left join imaging.experiment on experiment.ophys_experiment_id = given.ophys_experiment_id
    order by given.cell_roi_id
    on conflict (cell_roi_id) do update
    set cell_specimen_id = excluded.cell_specimen_id,
        ophys_experiment_id = excluded.ophys_experiment_id,
        session_id = excluded.session_id,
        release = excluded.release,
        extra = excluded.extra
    where (held.cell_specimen_id, held.ophys_experiment_id, held.session_id, held.release, held.extra)
        is distinct from
        (excluded.cell_specimen_id, excluded.ophys_experiment_id, excluded.session_id, excluded.release, excluded.extra)
    returning held.xmax = 0 as is_added
)
select
    (count(*) filter (where is_added))::bigint as n_added,
    (count(*) filter (where not is_added))::bigint as n_changed
from written
