-- Issues of the sessions whose datasets are listed: files that were loaded and are another one, or are absent. How many are new.
-- Of sessions without a loaded file nothing can be said.
select store.note_listed_faults(array(
    select named.session_id
    from (
        select distinct k.session_id
        from listed_dataset as m
        join listed_key as k using (identifier)
    ) as named
    where exists (select from store.dataset as d where d.session_id = named.session_id and d.sha256 is not null)
)) as n
