-- Which of some runs have been committed: as a present result, or as history. One row per run.
select r.run_id::text as run_id from engine.run as r where r.run_id = any ($1::uuid[])
union
select h.run_id::text from engine.run_history as h
where h.run_id = any ($1::uuid[]) and h.ended_at > now() - interval '1 day'
