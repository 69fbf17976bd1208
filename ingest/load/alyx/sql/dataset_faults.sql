-- Issues of the sessions whose datasets were told: files that were loaded and are another one, or are absent.
select store.note_listed_faults(array(
    select distinct r.session_id
    from alyx_dataset as m
    join alyx_session_ref as r on r.key = m.session
))
