-- Student's t test in SQL, for queries that compare paired values. As src/stats/paired_t_test judges.

create or replace function analysis.student_t_p(p_t double precision, p_degrees_of_freedom integer)
returns double precision
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp as $$
declare
    -- p is the regularised incomplete beta function of x = n / (n + t^2) by a = n/2 and b = 1/2; where x is large, 1 less that of 1 - x by
    -- b and a. Its continued fraction (Lentz) converges within some dozens of steps.
    v_x double precision;
    v_y double precision;
    v_a double precision;
    v_b double precision;
    v_is_turned boolean;
    -- The beta function of a and b, upwards from that of 1/2 and 1/2, or of 1 and 1/2.
    v_beta double precision;
    v_at double precision;
    v_c double precision := 1;
    v_d double precision;
    v_fraction double precision;
    v_factor double precision;
    v_term double precision;
begin
    if p_degrees_of_freedom < 1 or p_t = 'NaN' then
        return null;
    end if;
    if abs(p_t) = 'infinity' then
        return 0;
    end if;
    v_a := p_degrees_of_freedom / 2.0;
    v_b := 0.5;
    v_x := p_degrees_of_freedom / (p_degrees_of_freedom + p_t * p_t);
    v_y := p_t * p_t / (p_degrees_of_freedom + p_t * p_t);
    v_beta := case p_degrees_of_freedom % 2 when 1 then pi() else 2 end;
    v_at := case p_degrees_of_freedom % 2 when 1 then 0.5 else 1 end;
    while v_at < v_a loop
        v_beta := v_beta * v_at / (v_at + 0.5);
        v_at := v_at + 1;
    end loop;
    v_is_turned := v_x > (v_a + 1) / (v_a + v_b + 2);
    if v_is_turned then
        v_at := v_a; v_a := v_b; v_b := v_at;
        v_at := v_x; v_x := v_y; v_y := v_at;
    end if;
    if v_x = 0 then
        return case when v_is_turned then 1 else 0 end;
    end if;
    v_d := 1 / (1 - (v_a + v_b) * v_x / (v_a + 1));
    v_fraction := v_d;
    for m in 1..500 loop
        v_term := m * (v_b - m) * v_x / ((v_a + 2 * m - 1) * (v_a + 2 * m));
        v_d := 1 / (1 + v_term * v_d);
        v_c := 1 + v_term / v_c;
        v_fraction := v_fraction * v_d * v_c;
        v_term := -(v_a + m) * (v_a + v_b + m) * v_x / ((v_a + 2 * m) * (v_a + 2 * m + 1));
        v_d := 1 / (1 + v_term * v_d);
        v_c := 1 + v_term / v_c;
        v_factor := v_d * v_c;
        v_fraction := v_fraction * v_factor;
        exit when abs(v_factor - 1) < 1e-15;
    end loop;
    v_fraction := exp(v_a * ln(v_x) + v_b * ln(v_y)) / (v_a * v_beta) * v_fraction;
    return case when v_is_turned then 1 - v_fraction else v_fraction end;
exception
    when numeric_value_out_of_range then
        return 0;  -- below what a number can hold
end
$$;
comment on function analysis.student_t_p(double precision, integer) is
    'Two-sided p value of Student''s t with so many degrees of freedom: chance of a t at least as far from 0. Null for fewer than one.';
