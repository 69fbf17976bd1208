-- What the engine generates for each computed table, from the catalogue and its registration: the key-source view,
-- the job table, and functions and triggers with everything written out, so that their plans are kept.
-- Order of locks in a writing transaction: job rows; parents, the result replaced and stamps (none waited for). See src/populate/README.md.

create or replace function engine.key_argument(p_column text, p_no bigint) returns text
language sql immutable as $$
    select case
        when octet_length(p_column) > 61 or p_column = any (array['worker', 'code_version', 'limit', 'after_priority', 'after_queue_no',
            'claim', 'run_id', 'stamps', 'started_at', 'fetch_s', 'compute_s', 'reason', 'type', 'message', 'detail',
            'retry_after_s', 'from', 'to', 'value'])
        then 'p_key_' || p_no
        else quote_ident('p_' || p_column) end;
$$;
comment on function engine.key_argument(text, bigint) is
    'Name of the argument for a key column in generated functions: p_<column>, or p_key_<number> where that is taken or too long.';

create or replace function engine.table_values(p_table text) returns jsonb
language plpgsql stable as $$
declare
    v_info engine.table_info;
    v_rel regclass;
    v_stem text;
    v_sources bigint := (select count(*) from engine.table_input where table_name = p_table);
begin
    select * into strict v_info from engine.table_info where table_name = p_table;
    v_rel := v_info.relation;
    select stem into strict v_stem from engine.generated_name where relation = v_rel;
    return (
        select jsonb_build_object(
            'table', (select format('%I.%I', n.nspname, c.relname)
                      from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = v_rel),
            -- Both stand within quotes: the first in comments and notifications, the second in messages.
            'name', replace(p_table, '''', ''''''),
            'title', replace(replace(p_table, '''', ''''''), '%', '%%'),
            'quoted_table', (select quote_literal(format('%I.%I', n.nspname, c.relname))
                             from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = v_rel),
            'name_literal', quote_literal(p_table),
            'no', v_info.table_no,
            'job', 'engine_job.' || v_stem,
            'job_name', v_stem,
            'source', 'engine_key.' || v_stem,
            'fn', 'engine.' || v_stem,
            'keys', string_agg(quote_ident(a.attname), ', ' order by k.n),
            'k.keys', string_agg('k.' || quote_ident(a.attname), ', ' order by k.n),
            'one.keys', string_agg('one.' || quote_ident(a.attname), ', ' order by k.n),
            'j.keys', string_agg('j.' || quote_ident(a.attname), ', ' order by k.n),
            't.keys', string_agg('t.' || quote_ident(a.attname), ', ' order by k.n),
            'd.keys', string_agg('d.' || quote_ident(a.attname), ', ' order by k.n),
            'key_definitions', string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || ' not null', ', ' order by k.n),
            'key_columns', string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by k.n),
            'key_arguments', string_agg(engine.key_argument(a.attname, k.n) || ' ' || format_type(a.atttypid, null) || '[]', ', ' order by k.n),
            'key_scalars', string_agg(engine.key_argument(a.attname, k.n) || ' ' || format_type(a.atttypid, null), ', ' order by k.n),
            'key_types', string_agg(format_type(a.atttypid, null), ', ' order by k.n),
            'key_arrays', string_agg(format_type(a.atttypid, null) || '[]', ', ' order by k.n),
            'empty_arrays', string_agg('array[]::' || format_type(a.atttypid, null) || '[]', ', ' order by k.n),
            'key_values', string_agg(engine.key_argument(a.attname, k.n), ', ' order by k.n),
            'first_key_value', (array_agg(engine.key_argument(a.attname, k.n) order by k.n))[1],
            'key_variables', string_agg('v_key_' || k.n || ' ' || format_type(a.atttypid, null) || '[]; ', '' order by k.n),
            'key_into', string_agg('v_key_' || k.n, ', ' order by k.n),
            'first_key_into', 'v_key_1',
            'key_aggregates', string_agg('array_agg(k.' || quote_ident(a.attname) || ')', ', ' order by k.n),
            'j.key_text', engine.key_text_sql(v_rel, v_info.key_columns, 'j'),
            'k.key_text', engine.key_text_sql(v_rel, v_info.key_columns, 'k'),
            'sources', v_sources,
            'settings', 'security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan set jit = off')
        from unnest(v_info.key_columns) with ordinality as k (c, n)
        join pg_catalog.pg_attribute as a on a.attrelid = v_rel and a.attname = k.c);
end
$$;
comment on function engine.table_values(text) is 'Names and SQL fragments of a computed table for the templates of engine.generate.';

create or replace function engine.stamps_sql(p_table text, p_alias text) returns text
language sql stable as $$
    select coalesce('array[' || string_agg(
        format('coalesce((select s.version from engine.stamp as s where s.source_no = %s and s.owner_id = %s), 0)',
               i.source_no, engine.owner_sql(t.relation, i.key_columns, p_alias)),
        ', ' order by i.source_no, i.key_columns) || ']::bigint[]', '''{}''::bigint[]')
    from engine.table_input as i join engine.table_info as t using (table_name)
    where i.table_name = p_table;
$$;
comment on function engine.stamps_sql(text, text) is
    'SQL that gives the present versions of a key''s inputs, in the order of source numbers and, where the table reads a source in two ways, of key columns.';

create or replace function engine.computed_inputs(p_table text)
returns table (input_table text, owner_columns text[], via text, via_columns text[], key_columns text[])
language sql stable as $$
    with read as (
        select coalesce(t.master, t.table_name) as input_table, s.owner_columns, s.via,
               case when s.via is not null
                    then engine.via_columns(m.relation, s.via_relation, s.owner_columns) end as via_columns,
               i.key_columns
        from engine.table_input as i
        join engine.stamp_source as s using (source_no)
        join engine.table_info as t on t.relation = s.relation
        join engine.table_info as m on m.table_name = coalesce(t.master, t.table_name)
        where i.table_name = p_table
    ),
    parent as (
        select t.table_name, k.referenced, null::text, null::text[], k.columns
        from engine.table_info as own
        cross join lateral engine.key_parents(own.relation) as k
        join engine.table_info as t on t.relation = k.parent
        where own.table_name = p_table
    )
    select distinct r.*
    from (select * from read union all select * from parent) as r
    join engine.table_info as t on t.table_name = r.input_table and engine.served(t)
    where r.input_table <> p_table;
$$;
comment on function engine.computed_inputs(text) is
    'Computed tables that a computed table depends on, by declared inputs (a part counts as its master) or by its key, with the way from their keys (owner columns) to its own (key columns). One row per dependency.';

drop function if exists engine.blocked_sql(text, text);
create or replace function engine.blocked_sql(p_table text, p_alias text, p_holds boolean default false) returns text
language plpgsql stable as $$
declare
    v_input record;
    v_sql text := '';
    v_values jsonb;
    v_hold text := case when p_holds then ' for share of b skip locked' else '' end;
begin
    for v_input in select * from engine.computed_inputs(p_table) order by input_table, key_columns loop
        v_values := engine.table_values(v_input.input_table);
        v_sql := v_sql || case when v_sql = '' then '' else ' or ' end || case
            when v_input.via is null then (
                select format('exists (select from %s as b where b.is_stale and %s%s)', v_values ->> 'job',
                    string_agg(format('b.%I = %s.%I', o, p_alias, c), ' and '), v_hold)
                from unnest(v_input.owner_columns, v_input.key_columns) as u (o, c))
            else (
                select format('exists (select from %s as v join %s as b using (%s) where b.is_stale and %s%s)',
                    v_input.via, v_values ->> 'job', (select string_agg(quote_ident(c), ', ') from unnest(v_input.via_columns) as c),
                    string_agg(format('v.%I = %s.%I', o, p_alias, c), ' and '), v_hold)
                from unnest(v_input.owner_columns, v_input.key_columns) as u (o, c))
            end;
    end loop;
    return case when v_sql = '' then 'false' else '(' || v_sql || ')' end;
end
$$;
comment on function engine.blocked_sql(text, text, boolean) is
    'SQL condition: an input of this key is itself waiting to be recomputed. With p_holds the input''s job is locked until the transaction ends, so that whoever finishes it sees what was decided here; one that is being finished just now does not count.';

create or replace function engine.open_sql(p_table text, p_alias text) returns text
language sql stable as $$
    select case when exists (select from engine.computed_inputs(p_table))
        then 'case when ' || engine.blocked_sql(p_table, p_alias, true) || ' then ''blocked'' else ''pending'' end::engine.job_state'
        else '''pending''::engine.job_state' end;
$$;
comment on function engine.open_sql(text, text) is
    'SQL expression: the state of a key that is to be computed, pending, or blocked while an input waits to be recomputed. A key called pending too early costs a computation whose result is stale at birth; one called blocked too late would wait for ever.';

create or replace function engine.generate_functions(p_table text) returns void
language plpgsql as $$
declare
    v jsonb := engine.table_values(p_table);
    v_rel regclass := (select relation from engine.table_info where table_name = p_table);
    v_template text;
    v_has_children boolean;
    v_has_inputs boolean := exists (select from engine.computed_inputs(p_table));
begin
    v := v || jsonb_build_object(
        'blocked_k', engine.blocked_sql(p_table, 'k'),
        'blocked_j', engine.blocked_sql(p_table, 'j'),
        'open_j', engine.open_sql(p_table, 'j'),
        'open_k', engine.open_sql(p_table, 'k'),
        'stamps_k', engine.stamps_sql(p_table, 'k'),
        'stamps_t', engine.stamps_sql(p_table, 't'),
        'key_source', engine.key_source_sql(p_table),
        -- Whoever makes an input stale holds the jobs that wait for it: take these first, look at the inputs after.
        'hold', case when v_has_inputs then engine.fill($t$perform from (select * from unnest({key_values}) as k ({keys}) order by {k.keys}) as k
    cross join lateral (select from {job} as one where ({one.keys}) = ({k.keys}) for update) as j;$t$, v) else '' end,
        -- What is left of the worker's lease [ms], a second to an hour; a minute for an unknown worker. Written out: a
        -- function of SQL would be planned anew in each transaction.
        'lease_ms', $t$greatest(1000, least(3600000, coalesce(
                (select 1000 * (extract(epoch from w.lease_until)::double precision - extract(epoch from clock_timestamp())::double precision)
                 from engine.worker as w where w.worker_id = p_worker), 60000)))::integer::text$t$,
        -- Places of the given keys' jobs, locked in key order by a statement of their own, so that the next one sees
        -- what it locks. By key only (lateral, never flattened): a plan made when the tables were small stays good.
        'job_places', engine.fill($t$array(
        select j.place from (select * from unnest({key_values}) as k ({keys}) order by {k.keys}) as k
        cross join lateral (select one.ctid as place from {job} as one where ({one.keys}) = ({k.keys}) for update) as j)$t$, v),
        -- Parents as the insert will lock them (a foreign key's check), but never waited for: whoever deletes one wants the job next.
        -- So does who deletes the result that is to be replaced.
        'parents', (
            select string_agg(engine.fill($t$
    left join lateral (
        select true as is_held from {parent} as one
        where {matches}
        for key share skip locked) as parent_{no} on true$t$, jsonb_build_object('no', p.parent_no, 'parent', p.parent::text, 'matches', (
                select string_agg(format('one.%I = k.%I', p.referenced[i], p.columns[i]), ' and ' order by i)
                from generate_subscripts(p.columns, 1) as i))), '' order by p.parent_no)
            from engine.key_parents(v_rel) as p),
        'parents_of_one', (
            select string_agg(engine.fill($t$
    cross join lateral (
        select from {parent} as one
        where {matches}
        for key share skip locked) as parent_{no}$t$, jsonb_build_object('no', p.parent_no, 'parent', p.parent::text, 'matches', (
                select string_agg(format('one.%I = k.%I', p.referenced[i], p.columns[i]), ' and ' order by i)
                from generate_subscripts(p.columns, 1) as i))), '' order by p.parent_no)
            from engine.key_parents(v_rel) as p),
        'is_held', (
            select string_agg(format('coalesce(parent_%s.is_held, false)', p.parent_no), ' and ' order by p.parent_no)
            from engine.key_parents(v_rel) as p),
        -- Stamps that the write will hold are there when the claim is: with all sources in one order, as whoever changes
        -- inputs makes them. Most are there already: to look for one is cheaper than to try to insert it. (offset: by key only)
        'ensured', coalesce((
            select engine.fill($t$,
    ensured as (
        insert into engine.stamp (source_no, owner_id, version)
        select o.source_no, o.owner_id, 0
        from (select distinct w.source_no, w.owner_id from claimed as k
              cross join lateral (values {owners}) as w (source_no, owner_id)) as o
        where not exists (select from engine.stamp as s where s.source_no = o.source_no and s.owner_id = o.owner_id offset 0)
        order by o.source_no, o.owner_id
        on conflict (source_no, owner_id) do nothing
    )$t$, jsonb_build_object('owners', string_agg(format('(%s::smallint, %s)', i.source_no, engine.owner_sql(v_rel, i.key_columns, 'k')), ', '
                                                  order by i.source_no, i.key_columns)))
            from engine.table_input as i
            where i.table_name = p_table
            having count(*) > 0), ''),
        'wanted', coalesce((
            select 'values ' || string_agg(format('(%s::smallint, %s, p_stamps[(k.key_no - 1) * %s + %s])', i.source_no,
                engine.owner_sql(v_rel, i.key_columns, 'k'), i.sources, i.rank), ', ' order by i.rank)
            from (select source_no, key_columns, row_number() over (order by source_no, key_columns) as rank, count(*) over () as sources
                  from engine.table_input where table_name = p_table) as i), 'select null::smallint, null::uuid, null::bigint where false'));

    -- Of earlier programs, with one argument more: two functions of a name would be a riddle.
    v_template := engine.fill('{fn}__begin_write(bigint, {key_arrays}, uuid[], bigint[], timestamptz[], double precision[], '
                              'double precision[], integer, uuid, boolean)', v);
    if to_regprocedure(v_template) is not null then
        execute 'drop function ' || v_template;
    end if;

    -- Claim, the one by place in the queue and the one by key ----------------------------------------------
    v_template := $t$
create or replace function {fn}__claim(
    p_worker uuid, p_code_version integer, p_limit integer, p_after_priority integer, p_after_queue_no bigint
) returns table ({key_columns}, key_text text, claim_id bigint, attempt integer, is_stale boolean, priority integer, queue_no bigint)
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_claim bigint;
begin
    if p_code_version < (select i.code_version from engine.table_info as i where i.table_no = {no}) then
        raise exception 'this program computes {title} in version %, the database asks for a later one', p_code_version
            using errcode = 'TB013', hint = 'Start workers of the newer program.';
    end if;
    v_claim := nextval('engine.claim_number');
    return query
    with next as materialized (
        select j.ctid as place from {job} as j
        where j.state = 'pending' and (j.priority, j.queue_no) > (p_after_priority, p_after_queue_no)
          and j.run_after <= clock_timestamp()
        order by j.priority, j.queue_no
        limit p_limit
        for update skip locked
    ),
    claimed as (
        update {job} as j
        set state = 'running', claim_id = v_claim, worker_id = p_worker, attempt = j.attempt + 1, updated_at = clock_timestamp()
        from next where j.ctid = next.place
        returning {j.keys}, {j.key_text} as key_text, j.attempt, j.is_stale, j.priority, j.queue_no
    ){ensured}
    select {k.keys}, k.key_text, v_claim, k.attempt, k.is_stale, k.priority, k.queue_no
    from claimed as k
    order by k.priority, k.queue_no;
end
$fn$;
comment on function {fn}__claim(uuid, integer, integer, integer, bigint) is
    'Claims up to a number of pending keys of {name}, most urgent and oldest first, after a remembered place in the queue; keys that others hold are passed over.';

create or replace function {fn}__claim_keys(
    p_worker uuid, p_code_version integer, {key_arguments}
) returns table ({key_columns}, key_text text, claim_id bigint, attempt integer, is_stale boolean, priority integer, queue_no bigint)
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_claim bigint;
begin
    if p_code_version < (select i.code_version from engine.table_info as i where i.table_no = {no}) then
        raise exception 'this program computes {title} in version %, the database asks for a later one', p_code_version
            using errcode = 'TB013', hint = 'Start workers of the newer program.';
    end if;
    v_claim := nextval('engine.claim_number');
    return query
    with next as materialized (
        select j.place from unnest({key_values}) as k ({keys})
        cross join lateral (
            select one.ctid as place from {job} as one
            where ({one.keys}) = ({k.keys}) and one.state = 'pending' and one.run_after <= clock_timestamp()
            for update skip locked) as j
    ),
    claimed as (
        update {job} as j
        set state = 'running', claim_id = v_claim, worker_id = p_worker, attempt = j.attempt + 1, updated_at = clock_timestamp()
        from next where j.ctid = next.place
        returning {j.keys}, {j.key_text} as key_text, j.attempt, j.is_stale, j.priority, j.queue_no
    ){ensured}
    select {k.keys}, k.key_text, v_claim, k.attempt, k.is_stale, k.priority, k.queue_no
    from claimed as k
    order by k.priority, k.queue_no;
end
$fn$;
comment on function {fn}__claim_keys(uuid, integer, {key_arrays}) is
    'Claims those of the given keys of {name} that are pending and that nobody holds; does not wait.';

create or replace function {fn}__stamps({key_arguments}) returns table (key_no bigint, stamps bigint[])
language sql stable security definer set search_path = pg_catalog, pg_temp as $fn$
    select k.key_no, {stamps_k} from unnest({key_values}) with ordinality as k ({keys}, key_no) order by k.key_no;
$fn$;
comment on function {fn}__stamps({key_arrays}) is
    'Present versions of the inputs of the given keys of {name}; read in the snapshot of the fetch.';

create or replace function {fn}__begin_write(
    p_claim bigint, {key_arguments}, p_run_id uuid[], p_stamps bigint[], p_started_at timestamptz[],
    p_fetch_s double precision[], p_compute_s double precision[], p_code_version integer, p_worker uuid
) returns table (key_no bigint, verdict text)
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_attempt integer[];  -- per key; -1 when the claim is lost
    v_held boolean[];     -- whether all its parents and the result to be replaced could be locked
    v_seen integer[];     -- stamps that could be locked
    v_changed integer[];  -- of these, those that are not as fetched
    v_is_old boolean := p_code_version < (select i.code_version from engine.table_info as i where i.table_no = {no});
begin
    perform set_config('engine.claim', p_claim::text, true);
    -- A machine whose plug is pulled here would keep the keys and their inputs locked: a transaction that falls silent
    -- ends with its worker's lease.
    perform set_config('idle_in_transaction_session_timeout', {lease_ms}, true);
    {hold}
    -- Lookups by key only (lateral, never flattened): a plan made when the tables were small stays good.
    select array_agg(coalesce(j.attempt, -1) order by k.key_no),
           array_agg({is_held} and (own.is_held or j.is_stale is not true or not exists (
               select from {table} as t where ({t.keys}) = ({k.keys}))) is true order by k.key_no)
    into v_attempt, v_held
    from (select * from unnest({key_values}) with ordinality as k ({keys}, key_no) order by {k.keys}) as k
    left join lateral (
        select one.attempt, one.is_stale from {job} as one
        where ({one.keys}) = ({k.keys}) and one.claim_id = p_claim and one.state = 'running'
        for update) as j on true
    left join lateral (
        select true as is_held from {table} as one
        where j.is_stale and ({one.keys}) = ({k.keys})
        for no key update skip locked) as own on true{parents};
    select array_agg(w.seen order by w.key_no), array_agg(w.changed order by w.key_no) into v_seen, v_changed
    from (
        select k.key_no, count(s.version)::integer as seen,
               (count(*) filter (where s.version <> w.version))::integer + v_is_old::integer as changed
        from unnest({key_values}) with ordinality as k ({keys}, key_no)
        left join lateral ({wanted}) as w (source_no, owner_id, version) on v_attempt[k.key_no] >= 0
        left join lateral (
            select one.version from engine.stamp as one
            where one.source_no = w.source_no and one.owner_id = w.owner_id
            for share skip locked) as s on true
        group by k.key_no
    ) as w;
    insert into engine.run (run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s)
    select k.run_id, {no}, {k.key_text}, p_code_version, p_stamps[(k.key_no - 1) * {sources} + 1 : k.key_no * {sources}],
           p_worker, v_attempt[k.key_no], k.started_at, k.fetch_s, k.compute_s
    from unnest({key_values}, p_run_id, p_started_at, p_fetch_s, p_compute_s)
        with ordinality as k ({keys}, run_id, started_at, fetch_s, compute_s, key_no)
    where v_attempt[k.key_no] >= 0 and v_held[k.key_no] and v_seen[k.key_no] = {sources} and v_changed[k.key_no] = 0;
    update {job} as j
    set state = case when v_changed[k.key_no] > 0 and j.changed_count >= 2 then 'error' else {open_j} end,
        changed_count = j.changed_count + case when v_changed[k.key_no] > 0 then 1 else 0 end,
        -- A key that others hold up has not been tried.
        attempt = j.attempt - case when v_changed[k.key_no] > 0 then 0 else 1 end,
        error_type = case when v_changed[k.key_no] > 0 and j.changed_count >= 2 then 'InputsChanged' end,
        error_message = case when v_changed[k.key_no] > 0 and j.changed_count >= 2
                             then 'inputs changed between fetch and insert, 3 times in a row' end,
        run_after = case when v_changed[k.key_no] > 0 then '-infinity' else clock_timestamp() + interval '50 milliseconds' end,
        claim_id = null, worker_id = null, updated_at = clock_timestamp()
    from unnest({key_values}) with ordinality as k ({keys}, key_no)
    where v_attempt[k.key_no] >= 0 and (not v_held[k.key_no] or v_seen[k.key_no] < {sources} or v_changed[k.key_no] > 0)
      and ({j.keys}) = ({k.keys}) and j.state = 'running' and j.claim_id = p_claim;
    return query
        select k.key_no, case when v_attempt[k.key_no] < 0 then 'lost'
                              when v_changed[k.key_no] > 0 then 'changed'
                              when not v_held[k.key_no] or v_seen[k.key_no] < {sources} then 'busy'
                              else 'ok' end
        from generate_series(1::bigint, cardinality(p_run_id)) as k (key_no);
end
$fn$;
comment on function {fn}__begin_write(bigint, {key_arrays}, uuid[], bigint[], timestamptz[], double precision[], double precision[], integer, uuid) is
    'First statement of a writing transaction of {name}: checks that the claims still hold and that the inputs are as fetched (holding both until commit), records the runs, and says per key ok, lost, changed or busy. Changed and busy keys go back to the queue.';

create or replace function {fn}__begin_write_one(
    p_claim bigint, {key_scalars}, p_run_id uuid, p_stamps bigint[], p_started_at timestamptz,
    p_fetch_s double precision, p_compute_s double precision, p_code_version integer, p_worker uuid
) returns void
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_attempt integer;
begin
    perform set_config('engine.claim', p_claim::text, true),
            set_config('idle_in_transaction_session_timeout', {lease_ms}, true);
    -- Waits, as nothing after it does: so it comes first.
    select one.attempt into v_attempt from {job} as one
    where ({one.keys}) = ({key_values}) and one.claim_id = p_claim and one.state = 'running' and not one.is_stale
    for update;
    insert into engine.run (run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s)
    select p_run_id, {no}, {k.key_text}, p_code_version, p_stamps, p_worker, v_attempt, p_started_at, p_fetch_s, p_compute_s
    from (select {key_values}, 1::bigint) as k ({keys}, key_no){parents_of_one}
    where v_attempt is not null
      and p_code_version >= (select i.code_version from engine.table_info as i where i.table_no = {no})
      and {sources} = (
          select count(*) from ({wanted}) as w (source_no, owner_id, version)
          cross join lateral (
              select one.version from engine.stamp as one
              where one.source_no = w.source_no and one.owner_id = w.owner_id
              for share skip locked) as s
          where s.version = w.version);
    if not found then
        raise exception 'claim of {title} is lost, or its inputs changed or are busy' using errcode = 'TB011';
    end if;
end
$fn$;
comment on function {fn}__begin_write_one(bigint, {key_types}, uuid, bigint[], timestamptz, double precision, double precision, integer, uuid) is
    'begin_write of a single key of {name} that has no result yet: succeeds, or fails with TB011 when the key is lost, changed or busy; then begin_write tells which.';

create or replace function {fn}__settle(
    p_claim bigint, {key_arguments}, p_run_id uuid[], p_reason text[], p_code_version integer, p_worker uuid
) returns bigint
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_count bigint;
    v_stored oid[];
    v_places tid[];
begin
    select array_agg(found.stored), array_agg(found.place) into v_stored, v_places
    from unnest({key_values}) as k ({keys})
    cross join lateral (select one.tableoid as stored, one.ctid as place from {table} as one where ({one.keys}) = ({k.keys}) offset 0) as found
    where exists (select from {job} as j where ({j.keys}) = ({k.keys}) and j.claim_id = p_claim and j.state = 'running');
    if v_places is not null then
        perform engine.refuse_hand_made({name_literal}, v_stored, v_places);
        delete from {table} as t where t.ctid = any (v_places) and (t.tableoid, t.ctid) in (select * from unnest(v_stored, v_places));
    end if;
    delete from engine.run as r where r.run_id = any (p_run_id) and r.xmin = pg_current_xact_id()::xid;
    with given as materialized (
        select k.run_id, k.reason, found.place
        from unnest({key_values}, p_run_id, p_reason) as k ({keys}, run_id, reason)
        cross join lateral (
            select one.ctid as place from {job} as one
            where ({one.keys}) = ({k.keys}) and one.claim_id = p_claim and one.state = 'running' offset 0) as found
    ),
    settled as (
        update {job} as j
        set state = 'settled', is_stale = false, reason = k.reason, code_version = p_code_version, claim_id = null, worker_id = null,
            error_type = null, error_message = null, error_detail = null, changed_count = 0, updated_at = clock_timestamp()
        from given as k
        where j.ctid = k.place
        returning k.run_id, k.reason, j.attempt, {j.key_text} as key_text
    )
    insert into engine.run_history (run_id, table_no, key_text, code_version, worker_id, attempt, finished_at, outcome, message)
    select run_id, {no}, key_text, p_code_version, p_worker, attempt, clock_timestamp(), 'settled', reason from settled;
    get diagnostics v_count = row_count;
    return v_count;
end
$fn$;
comment on function {fn}__settle(bigint, {key_arrays}, uuid[], text[], integer, uuid) is
    'Records that the given keys of {name} have nothing to compute, with the reason; an older result goes. Called after begin_write in the same transaction.';

create or replace function {fn}__fail(
    p_claim bigint, {key_arguments}, p_type text[], p_message text[], p_detail text[], p_retry_after_s double precision[],
    p_code_version integer, p_worker uuid, p_stamps bigint[]
) returns bigint
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_count bigint;
    v_places tid[] := {job_places};
begin
    with given as materialized (
        select k.*, p_stamps[(k.key_no - 1) * {sources} + 1 : k.key_no * {sources}] as stamps
        from unnest({key_values}, p_type, p_message, p_detail, p_retry_after_s)
            with ordinality as k ({keys}, type, message, detail, retry_after_s, key_no)
    ),
    held as materialized (
        select k.key_no, j.place from given as k
        cross join lateral (
            select one.ctid as place from {job} as one
            where ({one.keys}) = ({k.keys}) and one.claim_id = p_claim and one.state = 'running' offset 0) as j
        where j.place = any (v_places)
    ),
    -- An error on inputs that have changed since says nothing about the inputs as they are.
    wanted as materialized (
        select k.key_no, w.source_no, w.owner_id, w.version
        from given as k join held using (key_no)
        cross join lateral ({wanted}) as w (source_no, owner_id, version)
        where p_stamps is not null
    ),
    locked as materialized (
        select wanted.key_no, wanted.version = s.version as is_same
        from wanted
        cross join lateral (
            select one.version from engine.stamp as one
            where one.source_no = wanted.source_no and one.owner_id = wanted.owner_id
            for share skip locked) as s
    ),
    judged as materialized (
        select k.*, held.place, p_stamps is not null and seen.stamps < {sources} as is_busy,
               p_stamps is not null and seen.same < {sources} as is_changed
        from given as k join held using (key_no)
        cross join lateral (select count(*) as stamps, count(*) filter (where locked.is_same) as same
                            from locked where locked.key_no = k.key_no) as seen
    ),
    failed as (
        update {job} as j
        set state = case when k.is_busy then {open_j}
                         when k.is_changed and j.changed_count >= 2 or not k.is_changed and k.retry_after_s is null
                         then 'error' else {open_j} end,
            changed_count = j.changed_count + (k.is_changed and not k.is_busy)::integer,
            attempt = j.attempt - k.is_busy::integer,
            run_after = case when k.is_busy then clock_timestamp() + interval '50 milliseconds'
                             else coalesce(clock_timestamp() + case when not k.is_changed then k.retry_after_s end * interval '1 second', '-infinity') end,
            error_type = case when not k.is_changed then k.type when j.changed_count >= 2 and not k.is_busy then 'InputsChanged' end,
            error_message = case when not k.is_changed then k.message
                                 when j.changed_count >= 2 and not k.is_busy then 'inputs changed between fetch and insert, 3 times in a row' end,
            error_detail = case when not k.is_changed then k.detail end,
            code_version = p_code_version, claim_id = null, updated_at = clock_timestamp()
        from judged as k
        where j.ctid = k.place
        returning k.type, k.message, j.attempt, {j.key_text} as key_text, k.is_changed
    )
    insert into engine.run_history (run_id, table_no, key_text, code_version, worker_id, attempt, finished_at, outcome, message)
    select gen_random_uuid(), {no}, key_text, p_code_version, p_worker, attempt, clock_timestamp(), 'error', type || ': ' || message
    from failed where not is_changed;
    get diagnostics v_count = row_count;
    return v_count;
end
$fn$;
comment on function {fn}__fail(bigint, {key_arrays}, text[], text[], text[], double precision[], integer, uuid, bigint[]) is
    'Records errors of the given keys of {name} and says how many; those with a retry time (passing errors) become pending again after it. Given the versions of the inputs as fetched, keys whose inputs have changed since become pending instead.';

create or replace function {fn}__hand_back(p_claim bigint, {key_arguments}) returns bigint
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_count bigint;
    v_places tid[] := {job_places};
begin
    update {job} as j
    set state = {open_j}, claim_id = null, worker_id = null, attempt = j.attempt - 1, updated_at = clock_timestamp()
    where j.ctid = any (v_places) and j.claim_id = p_claim and j.state = 'running';
    get diagnostics v_count = row_count;
    return v_count;
end
$fn$;
comment on function {fn}__hand_back(bigint, {key_arrays}) is
    'Gives claimed keys of {name} back untried: pending at once, no error, no attempt counted.';

create or replace function {fn}__reclaim() returns bigint
language plpgsql {settings} as $fn$
declare
    v_count bigint;
    v_places tid[];
begin
    -- A key that its worker is writing at this moment is not a dead worker's; nor is it waited for.
    v_places := array(
        select j.ctid from {job} as j
        where j.state = 'running'
          and not exists (select from engine.worker as w
                          where w.worker_id = j.worker_id and w.stopped_at is null and w.lease_until >= clock_timestamp())
        for update of j skip locked);
    if cardinality(v_places) = 0 then
        return 0;
    end if;
    update {job} as j
    set state = {open_j}, claim_id = null, worker_id = null, updated_at = clock_timestamp()
    where j.ctid = any (v_places) and j.state = 'running';
    get diagnostics v_count = row_count;
    if v_count > 0 then
        perform pg_notify('trialbase_queue', '{name}');
    end if;
    return v_count;
end
$fn$;
comment on function {fn}__reclaim() is 'Makes keys of {name} pending again whose worker''s lease ran out, or who is no longer known.';

create or replace function {fn}__set_state({key_arguments}, p_from engine.job_state[], p_to engine.job_state) returns bigint
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    v_count bigint;
    v_places tid[];
begin
    if p_to not in ('pending', 'ignored') then
        raise exception 'keys are released to pending or set to ignored, not to %', p_to;
    end if;
    v_places := {job_places};
    update {job} as j
    set state = case when p_to = 'pending' then {open_j} else p_to end,
        run_after = '-infinity', changed_count = 0, updated_at = clock_timestamp()
    where j.ctid = any (v_places) and j.state = any (p_from) and j.state <> 'running';
    get diagnostics v_count = row_count;
    if v_count > 0 and p_to = 'pending' then
        perform pg_notify('trialbase_queue', '{name}');
    end if;
    return v_count;
end
$fn$;
comment on function {fn}__set_state({key_arrays}, engine.job_state[], engine.job_state) is
    'Releases keys of {name} to pending (attempts and last error kept) or sets them aside as ignored; never a running one.';
$t$;
    execute engine.fill(v_template, v);

    -- Staleness -------------------------------------------------------------------------------------------
    v_template := $t$
create or replace function {fn}__mark_stale({key_arguments}) returns void
language plpgsql {settings} as $fn$
#variable_conflict use_column
declare
    {key_variables}
begin
    insert into {job} as j ({keys}, state, is_stale)
    select {k.keys}, {open_k},
           exists (select from {table} as t where ({t.keys}) = ({k.keys}))
    from (select distinct {k.keys} from unnest({key_values}) as k ({keys})) as k
    where exists (select from {source} as t where ({t.keys}) = ({k.keys}))
      and not exists (select from {table} as t where ({t.keys}) = ({k.keys}) and t.run_id is null)
    order by {k.keys}
    on conflict ({keys}) do update set state = excluded.state, is_stale = excluded.is_stale, run_after = '-infinity',
        changed_count = 0, updated_at = clock_timestamp()
        where j.state in ('settled', 'error', 'blocked') or (j.state = 'pending' and excluded.state = 'blocked');
    select {key_aggregates} into {key_into}
    from unnest({key_values}) as k ({keys})
    where exists (select from {job} as j where ({j.keys}) = ({k.keys}) and j.is_stale);
    if {first_key_into} is not null then
        perform {fn}__block_children({key_into});
    end if;
    perform pg_notify('trialbase_queue', '{name}');
end
$fn$;
comment on function {fn}__mark_stale({key_arrays}) is
    'Queues the given keys of {name} again because an input changed, and holds back the results that depend on them. Rows inserted by hand have no inputs and stay.';

create or replace function {fn}__refresh(out added bigint, out removed bigint, out changed bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $fn$
declare
    v_code_version integer := (select i.code_version from engine.table_info as i where i.table_no = {no});
begin
    perform pg_advisory_xact_lock(7146, {no});
    lock table {job} in share row exclusive mode;
    with found as materialized (
        select {k.keys}, x.is_there is not null as is_done, x.run_id is not null as is_computed, {blocked_k} as is_blocked,
               r.run_id is not null
                   and (r.stamps is distinct from {stamps_k} or r.code_version < v_code_version) as is_outdated
        from {source} as k
        left join (select true as is_there, t.* from {table} as t) as x using ({keys})
        left join engine.run as r on r.run_id = x.run_id
    ),
    -- A result that waits for a stale input is stale with it; a row inserted by hand never is.
    truth as materialized (
        select {k.keys}, is_done, is_blocked, is_computed and (is_outdated or is_blocked) as is_stale from found as k
    ),
    gone as (
        delete from {job} as j
        where not exists (select from truth as k where ({k.keys}) = ({j.keys}) and (not k.is_done or k.is_stale))
        returning 1
    ),
    fixed as (
        update {job} as j
        set state = case when j.state in ('pending', 'blocked') or (j.state = 'settled' and j.code_version < v_code_version)
                         then {open_k} else j.state end,
            is_stale = k.is_stale, updated_at = clock_timestamp()
        from truth as k
        where ({j.keys}) = ({k.keys}) and (not k.is_done or k.is_stale)
          and (j.is_stale <> k.is_stale
               or (j.state in ('pending', 'blocked') and (j.state = 'blocked') <> k.is_blocked)
               or (j.state = 'settled' and j.code_version < v_code_version))
        returning 1
    ),
    missing as (
        insert into {job} ({keys}, state, is_stale)
        select {k.keys}, {open_k}, k.is_stale
        from truth as k
        where (not k.is_done or k.is_stale) and not exists (select from {job} as j where ({j.keys}) = ({k.keys}))
        order by {k.keys}
        returning 1
    )
    select (select count(*) from missing), (select count(*) from gone), (select count(*) from fixed)
    into added, removed, changed;
    if added + changed > 0 then
        perform pg_notify('trialbase_queue', '{name}');
    end if;
end
$fn$;
comment on function {fn}__refresh() is
    'Recomputes the queue of {name} and mends it; says how many jobs were added, removed and changed.';

create or replace function {fn}__written_insert() returns trigger
language plpgsql {settings} as $fn$
declare
    v_claim bigint := engine.current_claim();
    v_count bigint;
    v_blocked bigint := 0;
    {child_variables}
begin
    if v_claim is null then
        delete from {job} as j using new_rows as k where ({j.keys}) = ({k.keys});
    else
        {end_jobs}
        if v_count <> (select count(*) from new_rows) then
            raise exception 'a row of {title} belongs to a key that this worker did not claim'
                using errcode = 'TB008', hint = 'A computation may write rows of its own key alone.';
        end if;
    end if;
    {unblock}
    return null;
end
$fn$;
comment on function {fn}__written_insert() is 'Trigger: rows of {name} end their jobs; rows of unclaimed keys are refused.';

create or replace function {fn}__written_update() returns trigger
language plpgsql {settings} as $fn$
declare
    v_claim bigint := engine.current_claim();
    v_count bigint;
    v_blocked bigint := 0;
    {child_variables}
begin
    if v_claim is not null then
        {end_jobs}
        if v_count <> (select count(*) from new_rows) then
            raise exception 'a row of {title} belongs to a key that this worker did not claim'
                using errcode = 'TB008', hint = 'A computation may write rows of its own key alone.';
        end if;
        with gone as (
            delete from engine.run as r using old_rows as k where r.run_id = k.run_id returning r.*)
        insert into engine.run_history (run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, outcome)
        select run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, 'replaced' from gone;
    end if;
    {unblock}
    return null;
end
$fn$;
comment on function {fn}__written_update() is 'Trigger: recomputed rows of {name} end their jobs, and the earlier runs become history.';

create or replace function {fn}__written_delete() returns trigger
language plpgsql {settings} as $fn$
{declare}
begin
    with gone as (
        delete from engine.run as r using old_rows as k where r.run_id = k.run_id returning r.*)
    insert into engine.run_history (run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, outcome)
    select run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, 'deleted' from gone;
    insert into {job} as j ({keys}, state)
    select {k.keys}, {open_k}
    from old_rows as k
    where exists (select from {source} as t where ({t.keys}) = ({k.keys}))
      and not exists (select from {table} as t where ({t.keys}) = ({k.keys}))
    order by {k.keys}
    on conflict ({keys}) do update set is_stale = false, updated_at = clock_timestamp();
    {unblock_deleted}
    return null;
end
$fn$;
comment on function {fn}__written_delete() is 'Trigger: deleted rows of {name} make their keys pending again, and their runs become history.';

create or replace function {fn}__written_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $fn$
begin
    with gone as (
        delete from engine.run as r
        where r.table_no = {no} and not exists (select from {table} as t where t.run_id = r.run_id)  -- of a partition, its own alone
        returning r.*)
    insert into engine.run_history (run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, outcome)
    select run_id, table_no, key_text, code_version, stamps, worker_id, attempt, started_at, fetch_s, compute_s, finished_at, 'deleted' from gone;
    perform engine.refresh_below('{name}');
    return null;
end
$fn$;
comment on function {fn}__written_truncate() is 'Trigger: when {name} is emptied all its keys are pending again, and its runs become history.';
$t$;
    v_has_children := exists (select from engine.children(p_table));
    execute engine.fill(v_template, v || jsonb_build_object(
        'child_variables', case when v_has_children or v_has_inputs then v ->> 'key_variables' else '' end,
        'end_jobs', engine.fill(case when v_has_inputs then $t$-- An input became stale after the fetch: the result is stale from its first moment.
        update {job} as j
        set state = {open_j}, is_stale = true, claim_id = null, changed_count = 0, updated_at = clock_timestamp()
        where j.ctid = any (array(
            select found.place from new_rows as k
            cross join lateral (
                select one.ctid as place from {job} as one
                where ({one.keys}) = ({k.keys}) and one.claim_id = v_claim and one.state = 'running' offset 0) as found
            cross join lateral (
                select from engine.run as r where r.run_id = k.run_id and r.table_no = {no} offset 0) as ran))
          and {blocked_j};
        get diagnostics v_blocked = row_count;
        if v_blocked > 0 then
            select {key_aggregates} into {key_into} from new_rows as k
            where exists (select from {job} as j where ({j.keys}) = ({k.keys}) and j.is_stale and j.claim_id is null);
            perform {fn}__block_children({key_into});
        end if;
        $t$ else '' end || $t$delete from {job} as j where j.ctid = any (array(
            select found.place from new_rows as k
            cross join lateral (
                select one.ctid as place from {job} as one
                where ({one.keys}) = ({k.keys}) and one.claim_id = v_claim and one.state = 'running' offset 0) as found
            cross join lateral (
                select from engine.run as r where r.run_id = k.run_id and r.table_no = {no} offset 0) as ran));
        get diagnostics v_count = row_count;
        v_count := v_count + v_blocked;$t$, v),
        'declare', case when v_has_children then 'declare ' || (v ->> 'key_variables') else '' end,
        'unblock', case when v_has_children then engine.fill($t$select {key_aggregates} into {key_into} from new_rows as k;
    if {first_key_into} is not null then
        perform {fn}__release_children({key_into});
    end if;$t$, v) else '' end,
        'unblock_deleted', case when v_has_children then engine.fill($t$select {key_aggregates} into {key_into} from old_rows as k;
    if {first_key_into} is not null then
        perform {fn}__release_children({key_into});
    end if;$t$, v) else '' end));
end
$$;
comment on function engine.generate_functions(text) is 'Generates the functions of one computed table.';
