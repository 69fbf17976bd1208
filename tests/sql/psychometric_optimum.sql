-- The best psychometric function of points that a query makes.
\set ON_ERROR_STOP on
begin;
select no_plan();

-- Golden cases psy_seeded_sh_00_paper and psy_seeded_sh_nan_paper of shared/vectors/ibl_behavior (psychofit 7335497).
select ok(
    abs(best.bias_percent - -4.2502) < 1e-3
        and abs(best.threshold_percent - 17.5322) < 1e-3
        and abs(best.lapse_low - 0.13047) < 1e-4
        and abs(best.lapse_high - 0.14571) < 1e-4
        and abs(best.log_likelihood - -337.94600950606) < 1e-4
        and best.n_levels = 9
        and best.fit_quality = 'good',
    'the optimum of the reference: ' || best::text)
from analysis.psychometric_optimum(
    array[-100, -25, -12.5, -6.25, 0, 6.25, 12.5, 25, 100]::double precision[],
    array[86, 91, 87, 71, 22, 96, 31, 59, 114]::double precision[],
    array[10 / 86.0, 17 / 91.0, 27 / 87.0, 31 / 71.0, 0.5, 71 / 96.0, 23 / 31.0, 54 / 59.0, 94 / 114.0]::double precision[],
    'paper') as best;
select ok(
    -- The reference's seeded search ends at -107.81079.
    best.log_likelihood between -107.81078559525 and -107.80
        and abs(best.bias_percent - -1.4587) < 0.2
        and best.lapse_low < 1e-6
        and best.n_levels = 8,
    'a level without responses tells nothing, but bounds the bias: ' || best::text)
from analysis.psychometric_optimum(
    array[100, 25, 12.5, 6.25, 0, -6.25, -12.5, -25, -100]::double precision[],
    array[0, 30, 30, 30, 30, 30, 30, 30, 30]::double precision[],
    array[null, 0.9, 0.8, 0.7, 0.5, 0.3, 0.2, 0.1, 0]::double precision[],
    'paper') as best;

-- erf(0.5) = 0.5204998778, erf(1) = 0.8427007929: shares of a function with bias 10, threshold 20, lapses 0.1 and 0.2 give it back.
select ok(
    abs(best.bias_percent - 10) < 1e-3
        and abs(best.threshold_percent - 20) < 2e-3
        and abs(best.lapse_low - 0.1) < 1e-4
        and abs(best.lapse_high - 0.2) < 1e-4,
    'shares of a function are fitted by it: ' || best::text)
from analysis.psychometric_optimum(
    array[-100, -10, 0, 10, 20, 30, 100]::double precision[],
    array_fill(1000, array[7])::double precision[],
    array[0.1, 0.1 + 0.35 * (1 - 0.8427007929), 0.1 + 0.35 * (1 - 0.5204998778), 0.45, 0.1 + 0.35 * (1 + 0.5204998778),
        0.1 + 0.35 * (1 + 0.8427007929), 0.8]::double precision[],
    'paper') as best;

-- A steep function away from the middle, which no descent from a flat one comes upon: the pooled error rates of either side are its lapses.
select ok(
    abs(best.lapse_low - 0.6) < 1e-2 and abs(best.lapse_high - 0.02) < 1e-2 and best.bias_percent between 25 and 50
        and best.fit_quality = 'at_bound',
    'a step at the edge of the box: ' || best::text)
from analysis.psychometric_optimum(
    array[-100, -50, -25, -12.5, -6.25, 0, 6.25, 12.5, 25, 50, 100]::double precision[],
    array_fill(50, array[11])::double precision[],
    array[0.6, 0.62, 0.58, 0.6, 0.6, 0.62, 0.58, 0.6, 0.6, 0.98, 0.98]::double precision[],
    'paper') as best;

select results_eq(
    $$ select bias_percent, threshold_percent, lapse_low, lapse_high, log_likelihood, n_levels, fit_quality
       from analysis.psychometric_optimum(array[-100, 0, 100], array[5, 5, 5], array[0, 0.5, 1], 'paper') $$,
    $$ select x, x, x, x, x, 3, 'too_few_levels' from (values (null::double precision)) as nothing (x) $$,
    'fewer levels than the set asks have no function');
select results_eq(
    $$ select n_levels, fit_quality from analysis.psychometric_optimum(null, null, null, 'status') $$,
    $$ values (0, 'too_few_levels') $$, 'nor has nothing');
select is(fit_quality, 'too_few_levels', 'three levels may be fitted, but do not tell four parameters')
from analysis.psychometric_optimum(array[-100, 0, 100], array[5, 5, 5], array[0, 0.5, 1], 'status');
select ok(fit_quality in ('flat', 'at_bound'), 'guesses have a best function, too, which says nothing: ' || fit_quality)
from analysis.psychometric_optimum(
    array[-100, -25, 0, 25, 100], array[20, 20, 20, 20, 20], array[0.5, 0.55, 0.5, 0.45, 0.55], 'status');
select ok(log_likelihood > -1e-6, 'all to one side is certain')
from analysis.psychometric_optimum(array[-100, -25, 0, 25, 100], array[20, 20, 20, 20, 20], array[1, 1, 1, 1, 1], 'paper');
select throws_ok(
    $$ select analysis.psychometric_optimum(array[1], array[1], array[1], 'no such set') $$,
    'P0002', null, 'an unknown set is refused');

select * from finish();
rollback;
