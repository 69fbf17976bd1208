-- Containers of experiments. $1 rows of imaging.experiment, $2 lab.
insert into imaging.container as held (ophys_container_id, subject_id, targeted_structure, targeted_imaging_depth_um)
select distinct on (given.ophys_container_id)
    given.ophys_container_id,
    subject.subject_id,
    given.targeted_structure,
    given.targeted_imaging_depth_um
from jsonb_populate_recordset(null::imaging.experiment, $1::jsonb) as given
join core.subject on subject.lab_name = $2 and subject.nickname = given.mouse_id
where given.ophys_container_id is not null
order by given.ophys_container_id, given.ophys_experiment_id
on conflict (ophys_container_id) do update
set subject_id = excluded.subject_id,
    targeted_structure = excluded.targeted_structure,
    targeted_imaging_depth_um = excluded.targeted_imaging_depth_um
where (held.subject_id, held.targeted_structure, held.targeted_imaging_depth_um)
    is distinct from (excluded.subject_id, excluded.targeted_structure, excluded.targeted_imaging_depth_um)
