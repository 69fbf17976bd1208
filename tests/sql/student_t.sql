-- Student's t in SQL.
\set ON_ERROR_STOP on
begin;
select no_plan();

-- Closed forms of one and two degrees of freedom; quantiles from tables; scipy 1.10.1 (stats.ttest_rel) as in tests/src/stats.
select ok(abs(analysis.student_t_p(t, n) - p) <= 1e-12 * greatest(p, 1e-3), format('t %s of %s: %s', t, n, p))
from (values
    (1, 1, 0.5),
    (-1, 1, 0.5),
    (3, 1, 1 - 2 / pi() * atan(3)),
    (1, 2, 1 - 1 / sqrt(3)),
    (0.01, 2, 1 - 0.01 / sqrt(2.0001)),
    (2.570581835636314, 5, 0.05),
    (2.0422724563012373, 30, 0.05),
    (3.0353754156485917, 8, 0.016176627434908095),
    (0, 12, 1)
) as known (t, n, p);
select is(analysis.student_t_p(1, 0), null, 'no degree of freedom, no p');
select is(analysis.student_t_p(null, 3), null, 'no t, no p');
select is(analysis.student_t_p('infinity', 3), 0::double precision, 'an endless t');
select ok(analysis.student_t_p(1000, 200) >= 0, 'a p that no number can hold is 0');

select * from finish();
rollback;
