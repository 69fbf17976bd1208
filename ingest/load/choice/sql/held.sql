-- What the database holds of the choice world's rows of sessions. $1 keys; t or f: $2 whether the files hold photometry,
-- $3 whether they hold a wheel trace to be kept, $4 whether the task asks for no choices.
-- Columns, one row a session in the order of $1: is_loaded (has its trials or its photometry, or has none to have),
-- lacks_arrays (photometry or wheel that the files hold, but that was not taken from them: they were loaded by a program
-- that could not).
with asked as (
    select
        f.place,
        f.session_id::uuid as session_id,
        f.has_photometry = 't' as has_photometry,
        f.has_wheel = 't' as has_wheel,
        f.is_without_choices = 't' as is_without_choices
    from unnest($1::text[], $2::text[], $3::text[], $4::text[])
        with ordinality as f (session_id, has_photometry, has_wheel, is_without_choices, place)
)
select
    exists (select from task.choice_session as c where c.session_id = asked.session_id)
    or exists (select from photometry.photometry_session as p where p.session_id = asked.session_id)
    or (
        asked.is_without_choices
        and exists (
            select from store.dataset as d where d.session_id = asked.session_id and d.sha256 is not null
        )
    ) as is_loaded,
    (
        asked.has_photometry
        and not exists (select from photometry.photometry_session as p where p.session_id = asked.session_id)
    ) or (
        asked.has_wheel
        and not exists (
            select from task.wheel_recording as w
            where w.session_id = asked.session_id and w.position_array_id is not null
        )
    ) as lacks_arrays
from asked
order by asked.place
