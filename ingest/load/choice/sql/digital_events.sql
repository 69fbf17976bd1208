-- Changes at the digital inputs, in order of time. $1 session, $2 channels, $3 times, $4 whether rising.
insert into photometry.digital_event (session_id, event, channel, time_s, is_rising)
select $1::uuid, g.event, g.channel, g.time_s, g.is_rising::boolean
from unnest($2::bigint[], $3::double precision[], $4::text[]) with ordinality as g (channel, time_s, is_rising, event)
