-- Name of a recording's brain region, for messages.
select
    key.key_no,
    recording.brain_region
from key
join photometry.recording using (session_id, fiber_idx)
order by key.key_no
