-- How often did a session's responses go right, contrast by contrast? No-go trials are left out.
-- :param session uuid -- key of the session
-- :column signed_contrast_percent double precision -- contrast right minus left [%]
-- :column n_responses integer -- trials with a response
-- :column n_right integer -- of them to the right
-- :column fraction_right double precision -- share to the right, 0 to 1
select
    signed_contrast_percent,
    count(*)::integer as n_responses,
    (count(*) filter (where is_right))::integer as n_right,
    avg(is_right::integer)::double precision as fraction_right
from analysis.trial
where session_id = :'session'::uuid
    and is_right is not null
    and signed_contrast_percent is not null
group by signed_contrast_percent
order by signed_contrast_percent;
