-- analysis.ibl_session gets the date of the session, which is known where the time of day is not. It is made again by schema/objects.
-- Without cascade: see 0460.

drop view if exists analysis.ibl_session;
