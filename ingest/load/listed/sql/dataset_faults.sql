-- Issues of the sessions whose datasets are listed: files that were loaded and are another one, or are absent. How many are new.
select store.note_listed_faults(array(
    select distinct k.session_id
    from listed_dataset as m
    join listed_key as k using (identifier)
)) as n
