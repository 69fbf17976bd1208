-- Deleting with everything that hangs on it: collect the rows, show them, then delete exactly these, in one statement.
-- A row is held by the table that stores it (a partition, an inheritance child) and its place there.

create or replace function engine.cascade_edges(p_stored oid[])
returns table (
    stored oid, constraint_oid oid, parent oid, child oid, child_sql text, matches text, columns text[], default_sql text,
    is_kept boolean, is_leaf boolean, takes_along boolean
)
language sql stable as $$
    with parent as (  -- a partition's rows are rows of all tables above it
        select distinct t.oid as stored, u.oid
        from unnest(p_stored) as t (oid)
        cross join lateral (select t.oid union select a.relid from pg_catalog.pg_partition_ancestors(t.oid) as a) as u
    )
    select
        p.stored, c.oid, c.confrelid, c.conrelid,
        -- A foreign key of an inheritance parent says nothing about its children's rows.
        case when r.relkind = 'p' then '' else 'only ' end || c.conrelid::regclass,
        (select string_agg(format('x.%I = p.%I', a.attname, b.attname), ' and ' order by k.position)
         from unnest(c.conkey, c.confkey) with ordinality as k (attnum, refnum, position)
         join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
         join pg_catalog.pg_attribute as b on b.attrelid = c.confrelid and b.attnum = k.refnum),
        s.columns, s.default_sql,
        c.confdeltype in ('n', 'd') and not s.is_impossible,
        -- What nothing hangs on is not held: no row can come to its parent, which is, and one that slips away went by itself.
        r.relkind = 'r' and not r.relispartition
            and c.conrelid not in (select d.confrelid from pg_catalog.pg_constraint as d where d.contype = 'f'),
        c.confdeltype = 'c'
    from parent as p
    join pg_catalog.pg_constraint as c on c.confrelid = p.oid and c.contype = 'f' and c.conparentid = 0
    join pg_catalog.pg_class as r on r.oid = c.conrelid
    cross join lateral (
        select array_agg(k.attname order by k.position) filter (where k.is_set) as columns,
               -- A row whose reference cannot be emptied cannot stay.
               bool_or(k.is_set and k.attnotnull and k.default_sql is null) as is_impossible,
               -- The row q that it refers to then; null when some column becomes null.
               case when bool_and(not k.is_set or k.default_sql is not null) then
                   string_agg(case when k.is_set then format('q.%1$I = %2$s and (%2$s) is not null', k.refname, k.default_sql)
                                   else format('q.%I = x.%I', k.refname, k.attname) end, ' and ' order by k.position) end as default_sql
        from (
            select n.position, a.attname::text, b.attname as refname, a.attnotnull,
                   c.confdelsetcols is null or n.attnum = any (c.confdelsetcols) as is_set,
                   case when c.confdeltype = 'd' then '(' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ')' end as default_sql
            from unnest(c.conkey, c.confkey) with ordinality as n (attnum, refnum, position)
            join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = n.attnum
            join pg_catalog.pg_attribute as b on b.attrelid = c.confrelid and b.attnum = n.refnum
            left join pg_catalog.pg_attrdef as d on d.adrelid = c.conrelid and d.adnum = n.attnum and a.attgenerated = '') as k) as s;
$$;
comment on function engine.cascade_edges(oid[]) is
    'Foreign keys to the given tables as a delete follows them: how rows of the child (x) match rows of the parent (p), whether a row of the child stays, which of its columns are set then and to which row (q) of the parent they refer by default, whether nothing hangs on the child, and whether the server itself deletes its rows. One row per storing table and foreign key.';

create or replace function engine.cascade_rows_sql(p_stored oid, p_round integer default null) returns text
language sql stable as $$
    -- Rows are fetched by their places (lateral, never flattened), whatever the size of their table.
    select format('(select one.* from pg_temp.cascade_rows as g cross join lateral (select * from only %s as only_one '
                  'where only_one.ctid = any (g.places) offset 0) as one where g.table_oid = %s%s)',
                  p_stored::regclass, p_stored, coalesce(' and g.round = ' || p_round, ''));
$$;
comment on function engine.cascade_rows_sql(oid, integer) is 'SQL for the held rows of one table, of one round when given.';

create or replace function engine.cascade_hold(p_round integer, p_by_part boolean, p_rows text, p_is_first boolean) returns oid[]
language plpgsql as $$
declare
    v_tables oid[];
begin
    execute format('with held as (
            insert into pg_temp.cascade_rows (table_oid, places, round, by_part)
            select t.tableoid, array_agg(t.ctid), $1, $2 from (%s) as t%s group by t.tableoid returning table_oid)
        select array_agg(table_oid) from held', p_rows,
        case when p_is_first then '' else ' where not exists (
                select from (select r.table_oid, unnest(r.places) as place from pg_temp.cascade_rows as r) as h
                where h.table_oid = t.tableoid and h.place = t.ctid)' end)
    into v_tables using p_round, p_by_part;
    return coalesce(v_tables, '{}');
end
$$;
comment on function engine.cascade_hold(integer, boolean, text, boolean) is
    'Adds rows, given as SQL for tableoid and ctid, to those held; returns the tables that store them.';

create or replace function engine.cascade_collect(
    p_table text, p_condition text, p_with_masters boolean default false, p_lock boolean default true
)
returns table (table_name text, row_count bigint, tier text, is_master_of_part boolean)
language plpgsql set client_min_messages = warning set jit = off as $$
#variable_conflict use_column
declare
    v_lock text := case when p_lock then ' for update of x' else '' end;
    v_round integer := 0;
    v_first oid[];    -- tables that store rows of the condition
    v_known oid[];    -- tables with held rows
    v_present oid[];  -- of these, those with rows of the present round
    v_new oid[];
    v_edge record;
    v_part record;
    v_count bigint;
begin
    create temporary table if not exists cascade_rows (
        table_oid oid not null, places tid[] not null, round integer not null, by_part boolean not null default false
    ) on commit drop;
    create temporary table if not exists cascade_plan (
        table_oid oid not null, fate text not null, row_count bigint not null, round integer not null,
        by_part boolean not null default false, rows_sql text, parent_sql text, matches text, columns text[], becomes text
    ) on commit drop;
    alter table pg_temp.cascade_rows alter column places set storage external;
    truncate pg_temp.cascade_rows, pg_temp.cascade_plan;
    -- The condition stands on lines of its own, so that a comment in it ends before the parenthesis.
    v_first := engine.cascade_hold(0, false,
        format(e'select x.tableoid, x.ctid from %s as x where (\n%s\n)%s', p_table::regclass, p_condition, v_lock), true);
    v_known := v_first;
    v_present := v_first;
    while cardinality(v_present) > 0 loop
        v_round := v_round + 1;
        v_new := '{}';
        for v_edge in
            select * from engine.cascade_edges(v_present) as e where not e.is_kept and not (e.is_leaf and e.child <> all (v_first))
        loop
            v_new := v_new || engine.cascade_hold(v_round, false, format('select x.tableoid, x.ctid from %s as p join %s as x on %s%s',
                engine.cascade_rows_sql(v_edge.stored, v_round - 1), v_edge.child_sql, v_edge.matches, v_lock), false);
        end loop;
        -- A part row goes with its master alone: when nothing else is found, masters come along, or the delete is refused.
        if cardinality(v_new) = 0 then
            for v_part in
                with part as materialized (
                    select t.table_name as part_name, to_regclass(t.table_name)::oid as part, m.table_name as master_name,
                           to_regclass(m.table_name)::oid as master,
                           (select string_agg(format('x.%I', c), ', ' order by n) from unnest(m.key_columns) with ordinality as u (c, n)) as keys
                    from engine.table_info as t join engine.table_info as m on m.table_name = t.master
                    where t.tier = 'part'
                ),
                way as (
                    select p.part_name, format('select %s from %s as x', p.keys, engine.cascade_rows_sql(s.stored)) as keys_sql
                    from (select k.oid as stored, k.oid as part from unnest(v_known) as k (oid)
                          union select k.oid, a.relid from unnest(v_known) as k (oid) cross join lateral pg_catalog.pg_partition_ancestors(k.oid) as a) as s
                    join part as p on p.part = s.part
                    union all
                    select p.part_name, format('select %s from %s as p join %s as x on %s', p.keys, engine.cascade_rows_sql(e.stored), e.child_sql, e.matches)
                    from engine.cascade_edges(v_known) as e join part as p on p.part = e.child
                    where e.is_leaf and not e.is_kept and e.child <> all (v_first) and e.parent <> p.master
                )
                select p.master, p.part_name, p.master_name, p.keys, string_agg(w.keys_sql, ' union all ') as keys_sql
                from way as w join part as p using (part_name)
                group by p.master, p.part_name, p.master_name, p.keys
                order by p.part_name
            loop
                v_new := v_new || engine.cascade_hold(v_round, true, format('select x.tableoid, x.ctid from %s as x where (%s) in (%s)%s',
                    v_part.master::regclass, v_part.keys, v_part.keys_sql, v_lock), false);
                if cardinality(v_new) > 0 and not p_with_masters then
                    raise exception 'rows of part % would go without their masters: % row(s) of %', v_part.part_name,
                        (select sum(cardinality(r.places)) from pg_temp.cascade_rows as r where r.round = v_round), v_part.master_name
                        using errcode = 'TB009', hint = 'Add --with-masters to delete these master rows too (they are computed again), or keep the parents.';
                end if;
            end loop;
        end if;
        -- A row that would refer to its column's default goes along when that goes, or is not there.
        if cardinality(v_new) = 0 then
            for v_edge in select * from engine.cascade_edges(v_known) as e where e.is_kept and e.default_sql is not null loop
                v_new := v_new || engine.cascade_hold(v_round, false, format(
                    'select x.tableoid, x.ctid from %1$s as p join %2$s as x on %3$s where not exists (
                         select from %4$s as q where %5$s and not exists (
                             select from (select r.table_oid, unnest(r.places) as place from pg_temp.cascade_rows as r) as h
                             where h.table_oid = q.tableoid and h.place = q.ctid))%6$s',
                    engine.cascade_rows_sql(v_edge.stored), v_edge.child_sql, v_edge.matches, v_edge.parent::regclass, v_edge.default_sql, v_lock), false);
            end loop;
        end if;
        v_known := v_known || v_new;
        v_present := array(select distinct n from unnest(v_new) as n);
    end loop;

    insert into pg_temp.cascade_plan (table_oid, fate, row_count, round, by_part)
    select r.table_oid, 'held', sum(cardinality(r.places)), min(r.round), bool_or(r.by_part) from pg_temp.cascade_rows as r group by r.table_oid;
    -- Rows that nothing hangs on are told by what they hang on, now and when they are deleted; by one way as a join of its own,
    -- which needs no row's place and is counted from the index. Those that the server takes along are left to it: sought once.
    for v_edge in
        select e.child, e.child_sql, min(p.round) as round,
               string_agg(format('select x.ctid from %s as p join %s as x on %s',
                   engine.cascade_rows_sql(e.stored), e.child_sql, e.matches), ' union ' order by e.constraint_oid, e.stored) as rows_sql,
               case when count(*) = 1 then min(engine.cascade_rows_sql(e.stored)) end as parent_sql, min(e.matches) as matches,
               case when count(*) = 1 and bool_and(e.takes_along) then 'taken' else 'joined' end as fate
        from engine.cascade_edges(v_known) as e join pg_temp.cascade_plan as p on p.table_oid = e.stored
        where e.is_leaf and not e.is_kept and e.child <> all (v_first)
        group by e.child, e.child_sql
    loop
        execute 'select count(*) from ' || case when v_edge.parent_sql is null then format('(%s) as x', v_edge.rows_sql)
            else format('%s as p join %s as x on %s', v_edge.parent_sql, v_edge.child_sql, v_edge.matches) end into v_count;
        if v_count > 0 then
            insert into pg_temp.cascade_plan (table_oid, fate, row_count, round, rows_sql, parent_sql, matches)
            values (v_edge.child, v_edge.fate, v_count, v_edge.round + 1, v_edge.rows_sql, v_edge.parent_sql, v_edge.matches);
        end if;
    end loop;
    perform engine.cascade_count_kept(v_known);
    perform engine.cascade_count_arrays();
    return query
        select format('%I.%I', n.nspname, c.relname), g.row_count, coalesce(i.tier::text, ''), g.by_part
        from (
            select coalesce(pg_catalog.pg_partition_root(p.table_oid)::oid, p.table_oid) as table_oid, sum(p.row_count)::bigint as row_count,
                   min(p.round) as round, bool_or(p.by_part) as by_part
            from pg_temp.cascade_plan as p where p.fate <> 'kept' group by 1
        ) as g
        join pg_catalog.pg_class as c on c.oid = g.table_oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        left join engine.table_info as i on to_regclass(i.table_name) = g.table_oid
        order by g.round, 1;
end
$$;
comment on function engine.cascade_collect(text, text, boolean, boolean) is
    'Collects the rows of a table that meet a condition and all rows that hang on them by foreign keys, along every path, and (unless told not to) locks them until the transaction ends. One row per table. Masters of affected parts come along when asked, else they are an error.';

create or replace function engine.cascade_count_kept(p_stored oid[]) returns void
language plpgsql as $$
declare
    v_edge record;
    v_count bigint;
begin
    for v_edge in
        select e.*, p.rows_sql from engine.cascade_edges(p_stored) as e
        left join pg_temp.cascade_plan as p on p.table_oid = e.child and p.fate in ('joined', 'taken')
        where e.is_kept
    loop
        execute format('select count(*) from (select x.tableoid, x.ctid from %s as p join %s as x on %s) as t
            where not exists (
                select from (select r.table_oid, unnest(r.places) as place from pg_temp.cascade_rows as r) as h
                where h.table_oid = t.tableoid and h.place = t.ctid)%s',
            engine.cascade_rows_sql(v_edge.stored), v_edge.child_sql, v_edge.matches,
            coalesce(' and t.ctid not in (' || v_edge.rows_sql || ')', ''))
        into v_count;
        if v_count > 0 then
            insert into pg_temp.cascade_plan (table_oid, fate, row_count, round, columns, becomes)
            values (v_edge.child, 'kept', v_count, 0, v_edge.columns,
                case when v_edge.default_sql is null then 'null' else 'its default' end);
        end if;
    end loop;
end
$$;
comment on function engine.cascade_count_kept(oid[]) is 'Counts the rows that stay and lose their reference to held rows.';

create or replace function engine.cascade_count_arrays() returns void
language plpgsql as $$
declare
    v_owned text;
    v_referring text;
    v_all text;
    v_array oid := to_regclass('store.array');
    v_count bigint;
begin
    -- Rows that go, by the tables whose foreign keys lead to arrays; owners are those that release them.
    with pointer as (
        select c.conrelid, c.conrelid::regclass as child, a.attname, exists (
                   select from pg_catalog.pg_trigger as t
                   where t.tgrelid = c.conrelid and t.tgfoid = to_regproc('store.release_arrays') and (t.tgtype & 8) > 0
                     and encode(t.tgargs, 'escape') = a.attname || '\000') as is_owner
        from pg_catalog.pg_constraint as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = v_array and c.conparentid = 0
    ),
    going as (
        select l.is_owner, format('select t.%I as id from %s as t', l.attname, case p.fate
                   when 'held' then engine.cascade_rows_sql(p.table_oid)
                   else format('(select x.* from only %s as x where x.ctid = any (array(%s)))', p.table_oid::regclass, p.rows_sql) end) as ids
        from pointer as l
        join pg_temp.cascade_plan as p on p.fate in ('held', 'joined', 'taken')
            and (p.table_oid = l.conrelid or l.conrelid in (select a.relid from pg_catalog.pg_partition_ancestors(p.table_oid) as a))
    )
    select (select string_agg(g.ids, ' union all ') from going as g where g.is_owner),
           (select string_agg(g.ids, ' union all ') from going as g),
           (select string_agg(format('(select count(*) from %s as t where t.%I = c.id)', l.child, l.attname), ' + ') from pointer as l)
    into v_owned, v_referring, v_all;
    if v_owned is null then
        return;
    end if;
    execute format('
        select count(*) from (select distinct o.id from (%s) as o where o.id is not null) as c
        join (select r.id, count(*) as uses from (%s) as r group by r.id) as u using (id)
        where u.uses = %s
          and not exists (select from %s as a where a.array_id = c.id)',
        v_owned, v_referring, v_all, engine.cascade_rows_sql(v_array))
    into v_count;
    if v_count > 0 then
        insert into pg_temp.cascade_plan (table_oid, fate, row_count, round)
        select v_array, 'released', v_count, max(p.round) + 1 from pg_temp.cascade_plan as p;
    end if;
end
$$;
comment on function engine.cascade_count_arrays() is
    'Counts the rows of store.array that triggers delete because no row refers to them any more.';

create or replace function engine.cascade_kept() returns table (table_name text, row_count bigint, columns text[], becomes text)
language plpgsql as $$
#variable_conflict use_column
begin
    return query
        select format('%I.%I', n.nspname, c.relname), sum(p.row_count)::bigint, p.columns, p.becomes
        from pg_temp.cascade_plan as p
        join pg_catalog.pg_class as c on c.oid = p.table_oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where p.fate = 'kept'
        group by n.nspname, c.relname, p.columns, p.becomes
        order by 1, 3;
end
$$;
comment on function engine.cascade_kept() is
    'Rows that stay when those collected are deleted, but lose their reference (on delete set null or set default). One row per table and columns that are set.';

create or replace function engine.cascade_delete() returns bigint
language plpgsql set jit = off as $$
declare
    v_sql text;
    v_counts text;
    v_expected bigint[];
    v_deleted bigint[];
    v_names text[];
begin
    -- One statement: whatever the foreign keys' order, circle or action, all rows are gone when the first one is checked, masters with
    -- their parts, and parents before their results could be queued again. A partition's rows go by the root of its tree when
    -- a trigger there wants to see them.
    with part as (
        select p.table_oid, p.row_count, p.rows_sql, p.parent_sql, p.matches,
               coalesce((select a.relid::oid from pg_catalog.pg_partition_ancestors(p.table_oid) as a
                         where a.relid = pg_catalog.pg_partition_root(p.table_oid)
                           and (not has_table_privilege(p.table_oid, 'delete') or exists (
                               select from pg_catalog.pg_partition_ancestors(p.table_oid) as b
                               join pg_catalog.pg_trigger as t on t.tgrelid = b.relid and b.relid <> p.table_oid
                               where not t.tgisinternal and (t.tgtype & 1) = 0 and (t.tgtype & 8) > 0))), p.table_oid) as target
        from pg_temp.cascade_plan as p
        where p.fate in ('held', 'joined')
    ),
    step as (
        select row_number() over (order by p.target) as n, p.target, sum(p.row_count)::bigint as row_count,
               string_agg(case
                   when p.parent_sql is not null then p.matches
                   when p.rows_sql is not null then format('x.ctid = any (array(%s))', p.rows_sql)
                   else format('%sx.ctid = any (array(select unnest(g.places) from pg_temp.cascade_rows as g where g.table_oid = %s))',
                       case when p.target <> p.table_oid then format('x.tableoid = %s and ', p.table_oid) else '' end, p.table_oid)
                   end, ' or ') as condition,
               bool_or(p.target <> p.table_oid) as is_root, min(p.parent_sql) as parent_sql
        from part as p group by p.target
    )
    select string_agg(format('d%s as (delete from %s%s as x%s where %s returning 1)', s.n,
                             case when s.is_root then '' else 'only ' end, s.target::regclass, ' using ' || s.parent_sql || ' as p', s.condition), e',\n' order by s.n),
           string_agg(format('(select count(*) from d%s)', s.n), ', ' order by s.n),
           array_agg(s.row_count order by s.n), array_agg(s.target::regclass::text order by s.n)
    into v_sql, v_counts, v_expected, v_names
    from step as s;
    if v_sql is null then
        return 0;
    end if;
    execute format(e'with %s\nselect array[%s]', v_sql, v_counts) into v_deleted;
    for i in 1 .. cardinality(v_expected) loop
        if v_deleted[i] <> v_expected[i] then
            raise exception 'rows of % have changed since they were shown: % instead of % would go', v_names[i], v_deleted[i], v_expected[i]
                using errcode = 'TB014', hint = 'Nothing was deleted: look again.';
        end if;
    end loop;
    return (select sum(n) from unnest(v_deleted) as n)
        + coalesce((select sum(p.row_count) from pg_temp.cascade_plan as p where p.fate = 'taken'), 0);
end
$$;
comment on function engine.cascade_delete() is
    'Deletes the rows that engine.cascade_collect collected in this transaction, exactly these or none; returns their number.';

create or replace function engine.cascade_identity() returns table (table_name text, row_count bigint, identity numeric)
language plpgsql as $$
#variable_conflict use_column
declare
    v_plan record;
begin
    for v_plan in
        select p.*, (select string_agg(format('x.%I', k), ', ' order by n)
                     from unnest(engine.primary_key_columns(p.table_oid::regclass)) with ordinality as u (k, n)) as keys
        from pg_temp.cascade_plan as p where p.fate in ('held', 'joined', 'taken') order by p.table_oid
    loop
        return query execute format('select %L::text, count(*), coalesce(sum(hashtextextended((row(%s))::text, 0)), 0) from %s as x', v_plan.table_oid::regclass::text,
            coalesce(v_plan.keys, 'x'), case v_plan.fate
                when 'held' then engine.cascade_rows_sql(v_plan.table_oid)
                else format('(select y.* from only %s as y where y.ctid = any (array(%s)))', v_plan.table_oid::regclass, v_plan.rows_sql) end);
    end loop;
end
$$;
comment on function engine.cascade_identity() is
    'What tells two collections apart: of each table the number of rows and a sum of hashes of their keys. One row per storing table.';

create or replace function engine.hand_made_on(p_stored oid, p_places tid[]) returns table (table_oid oid, row_count bigint)
language plpgsql set row_security = off as $$
#variable_conflict use_column
declare
    v_edge record;
    v_rows text;
    v_below record;
begin
    for v_edge in
        select e.*, exists (select from engine.table_info as i where i.tier in ('computed', 'part') and to_regclass(i.table_name) = e.child) as is_result
        from engine.cascade_edges(array[p_stored]) as e
    loop
        -- By the owner of the schema's rights: what it may not read might be lost all the same.
        if not has_table_privilege(v_edge.child, 'select') then
            raise exception 'rows of % may refer to rows of % that the new result no longer has, and % may not read it',
                v_edge.child::regclass, p_stored::regclass, current_user
                using errcode = 'TB015', hint = format('Grant select on %s to %I, then release the key with trialbase retry.', v_edge.child::regclass, current_user);
        end if;
        v_rows := format('select x.tableoid, x.ctid from (select * from only %s as only_one where only_one.ctid = any ($1)) as p join %s as x on %s',
            p_stored::regclass, v_edge.child_sql, v_edge.matches);
        if v_edge.is_result then
            for v_below in execute format('select x.tableoid, array_agg(x.ctid) as places from (%s) as x group by x.tableoid', v_rows) using p_places loop
                return query select * from engine.hand_made_on(v_below.tableoid, v_below.places);
            end loop;
        else
            return query execute format('select %s::oid, count(*) from (%s) as x having count(*) > 0', v_edge.child, v_rows) using p_places;
        end if;
    end loop;
end
$$;
comment on function engine.hand_made_on(oid, tid[]) is
    'Rows that nobody computes and that hang on the given rows of a result, or on results below them. One row per foreign key.';

create or replace function engine.refuse_hand_made(p_table text, p_stored oid[], p_places tid[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set row_security = off as $$
declare
    v_hanging text;
begin
    if not exists (select from engine.table_info as i where i.table_name = p_table and i.tier in ('computed', 'part')) then
        raise exception '% is no table of results', p_table;
    end if;
    select string_agg(format('%s row(s) of %s', h.row_count, h.table_oid::regclass), ', ' order by h.table_oid::regclass::text) into v_hanging
    from (
        select m.table_oid, sum(m.row_count) as row_count
        from (select g.stored, array_agg(g.place) as places from unnest(p_stored, p_places) as g (stored, place) group by g.stored) as s
        cross join lateral engine.hand_made_on(s.stored, s.places) as m
        where to_regclass(p_table) in (select s.stored union select a.relid from pg_catalog.pg_partition_ancestors(s.stored) as a)
        group by m.table_oid) as h;
    if v_hanging is not null then
        raise exception '% hang on rows of % that the new result no longer has', v_hanging, p_table
            using errcode = 'TB015', hint = 'Nothing was changed: move or delete these rows, then release the key with trialbase retry.';
    end if;
end
$$;
comment on function engine.refuse_hand_made(text, oid[], tid[]) is
    'Raises TB015 when rows that people made, in any table, hang on the given rows of a result, which are about to go; names the tables and how many.';

create or replace function engine.who_blocks(p_pid integer) returns text
language sql as $$
    select string_agg(format('process %s of %s (%s), %s, in its transaction since %s: %s', a.pid, coalesce(a.usename, 'the server'),
               coalesce(nullif(a.application_name, ''), a.backend_type, 'unknown program'), coalesce(a.state, 'working'),
               coalesce(date_trunc('second', a.xact_start)::text, 'some time'),
               coalesce(nullif(left(regexp_replace(a.query, '\s+', ' ', 'g'), 60), ''), 'no statement yet')), '; ' order by a.pid)
    from pg_catalog.pg_stat_activity as a
    where a.pid = any (pg_catalog.pg_blocking_pids(p_pid));
$$;
comment on function engine.who_blocks(integer) is
    'Who holds what a server process waits for, in one line for people; null when it waits for nobody.';

insert into engine.key_context (key_column, view_name)
select k, v from (values ('session_id', 'core.session_context'), ('subject_id', 'core.subject_context')) as c (k, v)
where to_regclass(v) is not null
on conflict (key_column) do update set view_name = excluded.view_name;
