-- How many sessions the lists tell of, and how many of them are known.
select count(*) as n, count(*) filter (where is_held) as n_held
from listed_session_key
