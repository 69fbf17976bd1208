-- How often did a session's responses go right, contrast by contrast? No-go trials are left out.
-- :param session uuid -- key of the session
-- :column signed_contrast double precision -- contrast right minus left, -1 to 1
-- :column n_responses integer -- trials with a response
-- :column n_right integer -- of them to the right
-- :column fraction_right double precision -- share to the right, 0 to 1
-- :column sem_fraction_right double precision -- standard error of the share over responses, sqrt(p (1 - p) / n)
select
    signed_contrast,
    count(*)::integer as n_responses,
    (count(*) filter (where is_right))::integer as n_right,
    avg(is_right::integer)::double precision as fraction_right,
    sqrt(avg(is_right::integer) * (1 - avg(is_right::integer)) / count(*))::double precision as sem_fraction_right
from analysis.trial
where session_id = :'session'::uuid
    and is_right is not null
    and signed_contrast is not null
group by signed_contrast
order by signed_contrast;
