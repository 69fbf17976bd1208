-- Deleting with everything that hangs on it: collect the rows first (they stay locked), show them, then delete exactly these.

create or replace function engine.cascade_collect(p_table text, p_condition text, p_with_masters boolean default false)
returns table (table_name text, row_count bigint, tier text, is_master_of_part boolean)
language plpgsql set client_min_messages = warning as $$
#variable_conflict use_column
declare
    v_key record;
    v_part record;
    v_round integer := 0;
    v_new bigint;
begin
    create temporary table if not exists cascade_row (
        table_oid oid not null, place tid not null, round integer not null, by_part boolean not null default false,
        primary key (table_oid, place)) on commit drop;
    truncate cascade_row;
    -- The condition stands on lines of its own, so that a comment in it ends before the parenthesis.
    execute format(e'insert into pg_temp.cascade_row (table_oid, place, round) select %s::regclass, t.ctid, 0 from (select x.ctid from %s as x where (\n%s\n) for update) as t',
        quote_literal(p_table), p_table::regclass, p_condition);
    loop
        analyze pg_temp.cascade_row;
        for v_key in
            select c.conrelid, c.conrelid::regclass::text as child, c.confrelid::regclass::text as parent, c.confrelid,
                   string_agg(format('x.%I = p.%I', a.attname, r.attname), ' and ' order by k.position) as matches
            from pg_catalog.pg_constraint as c
            cross join lateral unnest(c.conkey, c.confkey) with ordinality as k (attnum, refnum, position)
            join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
            join pg_catalog.pg_attribute as r on r.attrelid = c.confrelid and r.attnum = k.refnum
            where c.contype = 'f' and c.confdeltype not in ('n', 'd') and c.conparentid = 0
              and c.confrelid in (select g.table_oid from pg_temp.cascade_row as g where g.round = v_round)
            group by c.oid, c.conrelid, c.confrelid
        loop
            execute format('insert into pg_temp.cascade_row (table_oid, place, round)
                select %1$s, t.ctid, $1 + 1 from (
                    select x.ctid from %2$s as x join %3$s as p on %4$s
                    join pg_temp.cascade_row as g on g.table_oid = %5$s and g.place = p.ctid and g.round = $1
                    for update of x) as t
                on conflict do nothing', v_key.conrelid, v_key.child, v_key.parent, v_key.matches, v_key.confrelid)
            using v_round;
        end loop;
        -- A part row goes with its master alone: the master comes along, or the delete is refused.
        for v_part in
            select i.table_name::regclass as part, i.master::regclass as master, m.key_columns
            from engine.table_info as i join engine.table_info as m on m.table_name = i.master
            where i.tier = 'part' and i.table_name::regclass in (select g.table_oid from pg_temp.cascade_row as g where g.round = v_round + 1)
        loop
            execute format('insert into pg_temp.cascade_row (table_oid, place, round, by_part)
                select %1$s, t.ctid, $1 + 1, true from (
                    select m.ctid from %2$s as m
                    where (%3$s) in (select %4$s from %5$s as x join pg_temp.cascade_row as g on g.table_oid = %6$s and g.place = x.ctid)
                    for update) as t
                on conflict do nothing', v_part.master::oid, v_part.master,
                (select string_agg(format('m.%I', c), ', ') from unnest(v_part.key_columns) as c),
                (select string_agg(format('x.%I', c), ', ') from unnest(v_part.key_columns) as c), v_part.part, v_part.part::oid)
            using v_round;
            get diagnostics v_new = row_count;
            if v_new > 0 and not p_with_masters then
                raise exception 'rows of part % would go without their masters: % row(s) of %', v_part.part, v_new, v_part.master
                    using errcode = 'TB009', hint = 'Add --with-masters to delete these master rows too (they are computed again), or keep the parents.';
            end if;
        end loop;
        select count(*) into v_new from pg_temp.cascade_row where round = v_round + 1;
        exit when v_new = 0;
        v_round := v_round + 1;
    end loop;
    return query
        select n.nspname || '.' || c.relname, count(*), coalesce(i.tier::text, ''), bool_or(g.by_part)
        from pg_temp.cascade_row as g
        join pg_catalog.pg_class as c on c.oid = g.table_oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        left join engine.table_info as i on i.table_name = n.nspname || '.' || c.relname
        group by n.nspname, c.relname, i.tier
        order by min(g.round), 1;
end
$$;
comment on function engine.cascade_collect(text, text, boolean) is
    'Collects the rows of a table that meet a condition and all rows that hang on them by foreign keys, along every path, and locks them until the transaction ends. One row per table. Masters of affected parts come along when asked, else they are an error.';

create or replace function engine.cascade_delete() returns bigint
language plpgsql as $$
declare
    v_left oid[] := array(select distinct table_oid from pg_temp.cascade_row);
    v_next oid;
    v_total bigint := (select count(*) from pg_temp.cascade_row);
begin
    while cardinality(v_left) > 0 loop
        -- A table may go when no foreign key that restricts comes from a table still left, neither to it nor to one whose rows
        -- it takes along; and no part before its master or child before a parent that takes it along.
        with recursive key as (
            select c.conrelid as child, c.confrelid as parent, c.confdeltype = 'c' as takes_along
            from pg_catalog.pg_constraint as c
            where c.contype = 'f' and c.conrelid <> c.confrelid and c.conrelid = any (v_left) and c.confrelid = any (v_left)
        ),
        taken as (
            select t.oid as start, t.oid as reached from unnest(v_left) as t (oid)
            union
            select taken.start, key.child from taken join key on key.parent = taken.reached and key.takes_along
        )
        select t.oid into v_next
        from unnest(v_left) with ordinality as t (oid, n)
        order by
            exists (select from taken join key on key.parent = taken.reached and not key.takes_along where taken.start = t.oid),
            exists (select from key where key.child = t.oid and key.takes_along),
            t.n
        limit 1;
        execute format('delete from %1$s as x using pg_temp.cascade_row as g where g.table_oid = %2$s and x.ctid = g.place', v_next::regclass, v_next);
        v_left := array_remove(v_left, v_next);
    end loop;
    return v_total;
end
$$;
comment on function engine.cascade_delete() is
    'Deletes the rows that engine.cascade_collect collected in this transaction, in an order that foreign keys allow; returns their number.';

insert into engine.key_context (key_column, view_name)
select k, v from (values ('session_id', 'core.session_context'), ('subject_id', 'core.subject_context')) as c (k, v)
where to_regclass(v) is not null
on conflict (key_column) do update set view_name = excluded.view_name;
