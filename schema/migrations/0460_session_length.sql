-- The views of photometry sessions tell a session's length as every other view does (duration_s, is_duration_from_trials); the
-- pipeline's own, which is missing more often, stands beside it under a name that says so. schema/objects makes them again.
-- Without cascade: a view of somebody else's that builds on one of these stops the migration and is named, instead of vanishing.

drop view if exists
    analysis.photometry_analysis_session,
    analysis.photometry_session;

comment on column photometry.catalog_session.session_length_s is
    'The pipeline''s session_length: end minus start [s]; null without an end or when they fall on different dates. How long a session '
    'was is duration_s of core.session_context, which then falls back on the trials and says so.';
