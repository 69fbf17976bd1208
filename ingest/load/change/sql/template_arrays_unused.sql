-- Arrays of sets of images that another load brought at the same time. $1 arrays.
delete from store.array as a
where
    a.array_id = any ($1::text[]::uuid[])
    and not exists (
        select from task.stimulus_template as t where a.array_id in (t.warped_array_id, t.unwarped_array_id)
    )
