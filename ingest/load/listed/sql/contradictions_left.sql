-- Rows that contradict what is known of their session tell nothing more of it. $1 places.
update listed_session_key set is_taken = false where place = any ($1::bigint[])
