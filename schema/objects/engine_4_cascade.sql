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
    v_known oid[] := array[p_table::regclass::oid];  -- tables with rows in cascade_rows
    v_present oid[] := v_known;                      -- of these, those with rows of the present round
    v_next oid[];
begin
    create temporary table if not exists cascade_rows (
        table_oid oid not null, places tid[] not null, round integer not null, by_part boolean not null default false
    ) on commit drop;
    alter table pg_temp.cascade_rows alter column places set storage external;
    truncate cascade_rows;
    -- The condition stands on lines of its own, so that a comment in it ends before the parenthesis.
    execute format(e'insert into pg_temp.cascade_rows (table_oid, places, round) select %s::regclass, array_agg(t.ctid), 0 from (select x.ctid from %s as x where (\n%s\n) for update) as t having count(*) > 0',
        quote_literal(p_table), p_table::regclass, p_condition);
    loop
        v_next := '{}';
        for v_key in
            select c.conrelid, c.conrelid::regclass::text as child, c.confrelid::regclass::text as parent, c.confrelid,
                   string_agg(format('x.%I = p.%I', a.attname, r.attname), ' and ' order by k.position) as matches,
                   -- What nothing hangs on and what its parent takes along needs no lock: a row that slips away goes with its parent.
                   c.confdeltype = 'c' and not exists (
                       select from pg_catalog.pg_constraint as d where d.contype = 'f' and d.confrelid = c.conrelid) as is_leaf
            from pg_catalog.pg_constraint as c
            cross join lateral unnest(c.conkey, c.confkey) with ordinality as k (attnum, refnum, position)
            join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
            join pg_catalog.pg_attribute as r on r.attrelid = c.confrelid and r.attnum = k.refnum
            where c.contype = 'f' and c.confdeltype not in ('n', 'd') and c.conparentid = 0
              and c.confrelid = any (v_present)
            group by c.oid, c.conrelid, c.confrelid, c.confdeltype
        loop
            -- Parents are fetched by their places (lateral, never flattened), whatever the size of their table.
            execute format('insert into pg_temp.cascade_rows (table_oid, places, round)
                select %1$s, array_agg(t.ctid), $1 + 1 from (
                    select x.ctid from (
                        select one.* from pg_temp.cascade_rows as g
                        cross join lateral (select * from %3$s as only_one where only_one.ctid = any (g.places) offset 0) as one
                        where g.table_oid = %5$s and g.round = $1) as p
                    join %2$s as x on %4$s%6$s) as t%7$s having count(*) > 0',
                v_key.conrelid, v_key.child, v_key.parent, v_key.matches, v_key.confrelid,
                case when v_key.is_leaf then '' else ' for update of x' end,
                case when v_key.conrelid = any (v_known) then format('
                where not exists (select from (select unnest(r.places) as place from pg_temp.cascade_rows as r where r.table_oid = %s) as h where h.place = t.ctid)', v_key.conrelid) else '' end)
            using v_round;
            get diagnostics v_new = row_count;
            if v_new > 0 then
                v_next := v_next || v_key.conrelid;
                v_known := v_known || v_key.conrelid;
            end if;
        end loop;
        -- A part row goes with its master alone: the master comes along, or the delete is refused.
        for v_part in
            select i.table_name::regclass as part, i.master::regclass as master, m.key_columns
            from engine.table_info as i join engine.table_info as m on m.table_name = i.master
            where i.tier = 'part' and i.table_name::regclass::oid = any (v_next)
        loop
            execute format('insert into pg_temp.cascade_rows (table_oid, places, round, by_part)
                select %1$s, array_agg(t.ctid), $1 + 1, true from (
                    select m.ctid from %2$s as m
                    where (%3$s) in (select %4$s from pg_temp.cascade_rows as g cross join lateral (
                            select * from %5$s as only_one where only_one.ctid = any (g.places) offset 0) as x where g.table_oid = %6$s)
                    for update) as t
                where not exists (select from (select unnest(r.places) as place from pg_temp.cascade_rows as r where r.table_oid = %1$s) as h where h.place = t.ctid)
                having count(*) > 0
                returning cardinality(places)', v_part.master::oid, v_part.master,
                (select string_agg(format('m.%I', c), ', ') from unnest(v_part.key_columns) as c),
                (select string_agg(format('x.%I', c), ', ') from unnest(v_part.key_columns) as c), v_part.part, v_part.part::oid)
            into v_new using v_round;
            if v_new > 0 and not p_with_masters then
                raise exception 'rows of part % would go without their masters: % row(s) of %', v_part.part, v_new, v_part.master
                    using errcode = 'TB009', hint = 'Add --with-masters to delete these master rows too (they are computed again), or keep the parents.';
            end if;
            if v_new > 0 then
                v_next := v_next || v_part.master::oid;
                v_known := v_known || v_part.master::oid;
            end if;
        end loop;
        exit when cardinality(v_next) = 0;
        v_present := v_next;
        v_round := v_round + 1;
    end loop;
    return query
        select n.nspname || '.' || c.relname, g.row_count, coalesce(i.tier::text, ''), g.by_part
        from (
            select r.table_oid, sum(cardinality(r.places))::bigint as row_count, min(r.round) as round, bool_or(r.by_part) as by_part
            from pg_temp.cascade_rows as r group by r.table_oid
        ) as g
        join pg_catalog.pg_class as c on c.oid = g.table_oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        left join engine.table_info as i on i.table_name = n.nspname || '.' || c.relname
        order by g.round, 1;
end
$$;
comment on function engine.cascade_collect(text, text, boolean) is
    'Collects the rows of a table that meet a condition and all rows that hang on them by foreign keys, along every path, and locks them until the transaction ends. One row per table. Masters of affected parts come along when asked, else they are an error.';

create or replace function engine.cascade_delete() returns bigint
language plpgsql as $$
declare
    v_left oid[] := array(select distinct table_oid from pg_temp.cascade_rows);
    v_next oid;
    v_total bigint := coalesce((select sum(cardinality(places)) from pg_temp.cascade_rows), 0);
begin
    while cardinality(v_left) > 0 loop
        -- A table may go when no foreign key that restricts comes from a table still left, neither to it nor to one whose rows
        -- it takes along; and no part before its master and no computed table before a parent that takes it along, because a
        -- result that goes alone is computed again. Others go before such a parent: at once is faster than row by row.
        with recursive key as (
            select c.conrelid as child, c.confrelid as parent, c.confdeltype = 'c' as takes_along,
                   exists (select from engine.table_info as i
                           where i.tier in ('computed', 'part') and to_regclass(i.table_name)::oid = c.conrelid) as is_result
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
            exists (select from key where key.child = t.oid and key.takes_along and key.is_result),
            exists (select from key where key.parent = t.oid and key.takes_along and not key.is_result),
            t.n
        limit 1;
        -- By an array of places, which is looked up row by row, whatever the size of the table.
        execute format('delete from %1$s as x where x.ctid = any (array(select unnest(g.places) from pg_temp.cascade_rows as g where g.table_oid = %2$s))', v_next::regclass, v_next);
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
