-- Issues of the sessions whose datasets were told: files that were loaded and are another one, or are absent. Of sessions without a
-- loaded file nothing can be said.
select store.note_listed_faults(array(
    select named.session_id
    from (
        select distinct r.session_id
        from alyx_dataset as m
        join alyx_session_ref as r on r.key = m.session
    ) as named
    where exists (select from store.dataset as d where d.session_id = named.session_id and d.sha256 is not null)
))
