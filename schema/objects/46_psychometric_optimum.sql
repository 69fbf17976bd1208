-- The best psychometric function of points that a query makes itself: a subject's sessions together, or the mean over subjects. What is
-- fitted to single sessions, days and pools is stored by compute/task; nobody could store the fits to every choice of sessions.
-- Source: spec/ibl_behavior.md, 4 and 10.

create or replace function analysis.psychometric_optimum(
    p_contrast_percent double precision[],
    p_n_trials double precision[],
    p_rightward double precision[],
    p_params_id text,
    out bias_percent double precision,
    out threshold_percent double precision,
    out lapse_low double precision,
    out lapse_high double precision,
    out log_likelihood double precision,
    out n_levels integer,
    out fit_quality text
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp as $$
declare
    v_set task.psychometric_params;
    v_x double precision[];
    v_n double precision[];
    v_p double precision[];
    v_levels integer;
    -- The box, and the parameters: bias, threshold, lapse_low, lapse_high.
    v_least double precision[];
    v_most double precision[];
    v_here double precision[];
    v_there double precision[];
    v_best double precision[];
    v_best_value double precision := '-infinity';
    v_best_information double precision[];
    v_is_free boolean[];
    -- Log-likelihood, its gradient and Fisher's information where a step was last accepted; then the sums at the next one.
    v_value double precision;
    v_gradient double precision[];
    v_information double precision[];
    v_matrix double precision[];
    v_step double precision[];
    s double precision;
    g1 double precision; g2 double precision; g3 double precision; g4 double precision;
    i11 double precision; i21 double precision; i22 double precision; i31 double precision; i32 double precision;
    i33 double precision; i41 double precision; i42 double precision; i43 double precision; i44 double precision;
    v_bias double precision; v_threshold double precision; v_low double precision; v_gain double precision;
    z double precision; t double precision; e double precision; f double precision; p double precision; n double precision;
    d1 double precision; d2 double precision; d4 double precision; d3 double precision; r double precision; w double precision;
    v_damping double precision;
    v_gain_of_step double precision;
    v_crossing double precision;
    v_gap double precision;
    v_steps double precision[];
    v_starts double precision[];
    v_factor double precision;
    v_width double precision;
    v_is_first boolean;
    v_start integer;
begin
    select * into strict v_set from task.psychometric_params where params_id = p_params_id;
    select array_agg(x order by x), array_agg(count order by x), array_agg(share order by x), count(*)::integer
    into v_x, v_n, v_p, v_levels
    from unnest(p_contrast_percent, p_n_trials, p_rightward) as point (x, count, share)
    where x is not null and count > 0 and share is not null and share <> 'NaN';
    n_levels := coalesce(v_levels, 0);
    if n_levels < greatest(v_set.min_levels, 2) then
        fit_quality := 'too_few_levels';
        return;
    end if;

    -- Bounds that the set leaves open are those of all levels, whether or not they have a share.
    select
        array[coalesce(v_set.min_bias_percent, min(x)), v_set.min_threshold_percent, 0, 0],
        array[coalesce(v_set.max_bias_percent, max(x)), v_set.max_threshold_percent, v_set.max_lapse_low, v_set.max_lapse_high]
    into v_least, v_most
    from unnest(p_contrast_percent) as level (x);
    -- A function much narrower than the narrowest gap between levels may be of any width.
    select min(gap) into v_gap
    from (select x - lag(x) over (order by x) from unnest(v_x) as level (x)) as neighbours (gap);
    v_least[2] := greatest(v_least[2], least(v_most[2], 1e-3 * v_gap));

    -- Where the shares cross one half: weighted mean position of the steps between neighbours.
    select coalesce(
        sum((x + before) / 2 * greatest(share - share_before, 0)) / nullif(sum(greatest(share - share_before, 0)), 0),
        0)
    into v_crossing
    from (
        select x, share, lag(x) over (order by x), lag(share) over (order by x)
        from unnest(v_x, v_p) as point (x, share)
    ) as neighbours (x, share, before, share_before)
    where before is not null;

    -- A step between two levels, or at one: its lapses are the pooled error rates of either side. The best few are starts, for no
    -- descent from a flat function comes upon a steep one that lies elsewhere.
    select array_agg(array[position, low, high] order by value desc, position)
    into v_steps
    from (
        select
            step.position,
            step.low,
            step.high,
            sum(count * (share * ln(expected) + (1 - share) * ln(1 - expected))) as value
        from (
            select
                edge.position,
                coalesce(
                    sum(count * share) filter (where x < position) / nullif(sum(count) filter (where x < position), 0), 0
                ) as low,
                coalesce(
                    sum(count * (1 - share)) filter (where x > position) / nullif(sum(count) filter (where x > position), 0), 0
                ) as high
            from (
                select x from unnest(v_x) as level (x)
                union
                select (x + lead(x) over (order by x)) / 2 from unnest(v_x) as level (x)
            ) as edge (position)
            cross join unnest(v_x, v_n, v_p) as point (x, count, share)
            where edge.position between v_least[1] and v_most[1]
            group by edge.position
        ) as step
        cross join unnest(v_x, v_n, v_p) as point (x, count, share)
        cross join lateral (
            select greatest(1e-6, least(1 - 1e-6,
                case sign(point.x - step.position) when -1 then step.low when 1 then 1 - step.high else point.share end))
        ) as step_value (expected)
        group by step.position, step.low, step.high
        order by value desc, step.position
        limit 4
    ) as steps;

    -- Starts: that of the set, and functions of several widths where the shares cross one half; then the steps.
    v_starts := array[
        [coalesce(v_set.start_bias_percent, 0), v_set.start_threshold_percent, v_set.start_lapse_low, v_set.start_lapse_high],
        [v_crossing, 10, 0.05, 0.05],
        [v_crossing, 35, 0.05, 0.05],
        [v_crossing / 2, 6, 0.1, 0.1],
        [v_crossing, 20, 0.05, 0.05],
        [0, 80, 0.01, 0.01]];
    for i in 1..coalesce(array_length(v_steps, 1), 0) loop
        v_starts := v_starts || array[v_steps[i][1], v_gap / 3, v_steps[i][2], v_steps[i][3]];
    end loop;

    for v_start in 1..array_length(v_starts, 1) loop
        v_here := array[v_starts[v_start][1], v_starts[v_start][2], v_starts[v_start][3], v_starts[v_start][4]];
        for i in 1..4 loop
            v_here[i] := greatest(v_least[i], least(v_most[i], v_here[i]));
        end loop;
        v_damping := 1e-3;
        v_is_first := true;
        v_there := v_here;

        -- Scoring with damping (Levenberg and Marquardt), steps cut at the box.
        for v_round in 1..300 loop
            s := 0;
            g1 := 0; g2 := 0; g3 := 0; g4 := 0;
            i11 := 0; i21 := 0; i22 := 0; i31 := 0; i32 := 0; i33 := 0; i41 := 0; i42 := 0; i43 := 0; i44 := 0;
            v_bias := v_there[1]; v_threshold := v_there[2]; v_low := v_there[3]; v_gain := 1 - v_low - v_there[4];
            for k in 1..v_levels loop
                n := v_n[k];
                z := (v_x[k] - v_bias) / v_threshold;
                -- Below the precision of the sums, and far from what would be an underflow.
                e := case when z * z < 60 then exp(-z * z) else 0 end;
                -- As analysis.psychometric_value has the error function.
                t := 1 / (1 + 0.3275911 * abs(z));
                f := (1 + sign(z) * (1
                    - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * e)) / 2;
                p := least(greatest(v_low + v_gain * f, 2.220446049250313e-16), 1 - 2.220446049250313e-16);
                s := s + n * (case when v_p[k] > 0 then v_p[k] * ln(p) else 0 end
                    + case when v_p[k] < 1 then (1 - v_p[k]) * ln(1 - p) else 0 end);
                w := n / (p * (1 - p));
                r := w * (v_p[k] - p);
                d1 := -v_gain * 0.5641895835477563 * e / v_threshold;
                d2 := d1 * z;
                d3 := 1 - f;
                d4 := -f;
                g1 := g1 + r * d1; g2 := g2 + r * d2; g3 := g3 + r * d3; g4 := g4 + r * d4;
                i11 := i11 + w * d1 * d1;
                i21 := i21 + w * d2 * d1; i22 := i22 + w * d2 * d2;
                i31 := i31 + w * d3 * d1; i32 := i32 + w * d3 * d2; i33 := i33 + w * d3 * d3;
                i41 := i41 + w * d4 * d1; i42 := i42 + w * d4 * d2; i43 := i43 + w * d4 * d3; i44 := i44 + w * d4 * d4;
            end loop;
            if v_is_first or s > v_value then
                v_gain_of_step := case when v_is_first then 1 else s - v_value end;
                v_is_first := false;
                v_here := v_there;
                v_value := s;
                v_gradient := array[g1, g2, g3, g4];
                v_information := array[[i11, i21, i31, i41], [i21, i22, i32, i42], [i31, i32, i33, i43], [i41, i42, i43, i44]];
                v_damping := greatest(v_damping / 10, 1e-9);
                exit when v_gain_of_step < 1e-8 and v_damping <= 1e-3;
            else
                v_damping := v_damping * 8;
                exit when v_damping > 1e10;
            end if;

            -- Parameters at an edge that the slope leads out of stay there.
            for i in 1..4 loop
                v_is_free[i] := (v_here[i] > v_least[i] or v_gradient[i] > 0) and (v_here[i] < v_most[i] or v_gradient[i] < 0);
            end loop;
            v_matrix := v_information;
            v_step := array[0, 0, 0, 0];
            for i in 1..4 loop
                v_step[i] := case when v_is_free[i] then v_gradient[i] else 0 end;
                for j in 1..4 loop
                    if i = j then
                        v_matrix[i][i] := case when v_is_free[i] then v_matrix[i][i] * (1 + v_damping) + 1e-12 else 1 end;
                    elsif not v_is_free[i] or not v_is_free[j] then
                        v_matrix[i][j] := 0;
                    end if;
                end loop;
            end loop;
            for i in 1..4 loop
                for j in i + 1..4 loop
                    v_factor := v_matrix[j][i] / v_matrix[i][i];
                    continue when v_factor = 0;
                    for k in i..4 loop
                        v_matrix[j][k] := v_matrix[j][k] - v_factor * v_matrix[i][k];
                    end loop;
                    v_step[j] := v_step[j] - v_factor * v_step[i];
                end loop;
            end loop;
            for i in reverse 4..1 loop
                for j in i + 1..4 loop
                    v_step[i] := v_step[i] - v_matrix[i][j] * v_step[j];
                end loop;
                v_step[i] := v_step[i] / v_matrix[i][i];
                v_there[i] := greatest(v_least[i], least(v_most[i], v_here[i] + v_step[i]));
            end loop;
            exit when v_there = v_here;
        end loop;
        if v_value > v_best_value + 1e-9 then
            v_best := v_here;
            v_best_value := v_value;
            v_best_information := v_information;
        end if;
    end loop;

    bias_percent := v_best[1];
    threshold_percent := v_best[2];
    lapse_low := v_best[3];
    lapse_high := v_best[4];
    log_likelihood := v_best_value;

    -- As compute/task/fit_quality judges: an edge of the box but for lapses of 0, or a direction in which the parameters may move
    -- by a quarter of the box's width at a cost of half a unit of log-likelihood.
    v_least[2] := v_set.min_threshold_percent;
    fit_quality := case when n_levels < 4 then 'too_few_levels' else 'good' end;
    for i in 1..4 loop
        v_width := v_most[i] - v_least[i];
        if fit_quality = 'good'
            and (v_best[i] >= v_most[i] - 1e-3 * v_width or i <= 2 and v_best[i] <= v_least[i] + 1e-3 * v_width)
        then
            fit_quality := 'at_bound';
        end if;
        v_is_free[i] := i <= 2 or v_best[i] > 1e-3 * v_width;
        for j in 1..4 loop
            v_best_information[i][j] := v_best_information[i][j] * v_width * (v_most[j] - v_least[j]);
        end loop;
    end loop;
    -- No eigenvalue of the information is below 16 when all pivots are positive after 16 is taken off its diagonal.
    for i in 1..4 loop
        continue when fit_quality <> 'good' or not v_is_free[i];
        v_best_information[i][i] := v_best_information[i][i] - 16;
        if not v_best_information[i][i] > 0 then
            fit_quality := 'flat';
        else
            for j in i + 1..4 loop
                continue when not v_is_free[j];
                v_factor := v_best_information[j][i] / v_best_information[i][i];
                for k in i + 1..4 loop
                    v_best_information[j][k] := v_best_information[j][k] - v_factor * v_best_information[i][k];
                end loop;
            end loop;
        end if;
    end loop;
end
$$;
comment on function analysis.psychometric_optimum(double precision[], double precision[], double precision[], text) is
    'The function of task.psychometric_params that fits points best: signed contrasts [%], trials of each, share of them '
    'reported right (0 to 1; points without one are left out), name of the set, whose box and least number of levels hold. '
    'Parameters, log-likelihood and fit_quality as task.psychometric_fit has them; parameters are null with too few levels. A '
    'search from up to ten starts, for sets of sessions that nothing is stored of: what is fitted to single sessions is in '
    'task.psychometric_fit, to a day in task.daily_psychometric.';
