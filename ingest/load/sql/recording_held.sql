-- What the database holds of a session that a recording would be. $1 source, $2 identifier, $3 key that it gets when new.
-- Columns: n_trials, n_frames, start_s, end_s (null without photometry), bands (JSON: band and samples), columns (JSON list),
-- n_events (of digital inputs), files (JSON list of names).
with known as (
    select coalesce(
        (select a.session_id from core.session_alias as a where a.source = $1 and a.identifier = $2),
        $3::uuid
    ) as session_id
)
select
    (select c.n_trials from task.choice_session as c where c.session_id = known.session_id) as n_trials,
    photometry_session.n_frames,
    photometry_session.start_s::double precision as start_s,
    photometry_session.end_s::double precision as end_s,
    (
        select coalesce(jsonb_object_agg(b.band, b.n_samples), '{}')
        from photometry.band as b
        where b.session_id = known.session_id
    )::text as bands,
    (
        select coalesce(jsonb_agg(r.column_name order by r.fiber_idx), '[]')
        from photometry.recording as r
        where r.session_id = known.session_id
    )::text as columns,
    (select count(*) from photometry.digital_event as e where e.session_id = known.session_id) as n_events,
    (
        select coalesce(jsonb_agg(d.dataset_name order by d.dataset_name), '[]')
        from store.dataset as d
        where d.session_id = known.session_id
            and d.collection = 'raw_photometry_data'
    )::text as files
from known
left join photometry.photometry_session using (session_id)
