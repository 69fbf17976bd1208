-- Keys of sessions without a UUID. $1 places, $2 keys.
update listed_session as l
set new_key = f.key::uuid
from unnest($1::bigint[], $2::text[]) as f (place, key)
where f.place = l.place
