-- Arrays of the HDF5 store, keyed by a UUID so that result rows can refer to them; and what ties an array's row to
-- the row that owns it. Replaces the first draft of store.array, which nothing has ever written.

drop table store.array;

create table store.array (
    array_id uuid not null,
    file text not null,
    dataset text not null,
    ref text not null generated always as (file || '#' || dataset) stored,
    shape bigint[] not null,
    dtype text not null,
    sampling_rate_hz units.hertz,
    unit text,
    checksum text not null,
    n_bytes bigint not null,
    stored_bytes bigint not null,
    filter text not null,
    about text,
    run_id uuid not null,
    created_at timestamptz not null default now(),
    constraint array_pkey primary key (array_id),
    constraint array_file_key unique (file, dataset),
    constraint array_file_check check (
        file ~ '^[^/#]' and file !~ '#' and file !~ '(^|/)\.\.?(/|$)' and file !~ '//' and file ~ '\.h5$'
    ),
    constraint array_dataset_check check (dataset ~ '^[^/]' and dataset !~ '(^|/)\.{0,2}(/|$)'),
    constraint array_shape_check check (0 <= all (shape)),
    constraint array_dtype_check check (dtype in ('float64', 'float32', 'int64', 'int32', 'int16', 'uint8')),
    constraint array_checksum_check check (checksum ~ '^[0-9a-f]{32}$'),
    constraint array_bytes_check check (n_bytes >= 0 and stored_bytes >= 0)
);
comment on table store.array is
    'Arrays in the HDF5 files of the array store. One row per file and dataset path. A file is complete before a row names it and never '
    'changes afterwards; the row goes with the row that refers to it, the file later, by trialbase store gc.';
comment on column store.array.array_id is 'Key; what columns named ..._array_id hold.';
comment on column store.array.file is 'Path of the file relative to the store''s root: namespace/table/two hex/hash of the key.run.h5.';
comment on column store.array.dataset is 'Path of the dataset within the file (GCaMP/signal).';
comment on column store.array.ref is 'file#dataset: what readers of arrays are given.';
comment on column store.array.shape is 'Length of each dimension, slowest first; empty for a single number.';
comment on column store.array.dtype is 'Type of the elements: float64, float32, int64, int32, int16 or uint8.';
comment on column store.array.sampling_rate_hz is 'Sampling rate along the first dimension [Hz]; null when not evenly sampled.';
comment on column store.array.unit is 'Unit of the elements; null when they have none.';
comment on column store.array.checksum is
    'XXH3 of 128 bits (canonical form, lower-case hex) over the elements in little-endian row-major order, not over the file.';
comment on column store.array.n_bytes is 'Size of the elements without compression [byte].';
comment on column store.array.stored_bytes is 'Size of the elements in the file [byte].';
comment on column store.array.filter is
    'What a reader needs to undo: none, shuffle+gzip (every HDF5 reader), bitshuffle+lz4 (filter 32008).';
comment on column store.array.about is 'What the array holds, in one line.';
comment on column store.array.run_id is 'Run of the computation or of the ingest that wrote the file; part of its name.';
comment on column store.array.created_at is 'When the row was written.';
select engine.set_tier('store.array', 'imported');

grant insert on store.array to trialbase_worker;
grant insert, update, delete on store.array to trialbase_ingest;

create function store.release_arrays() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_column text := tg_argv[0];
    v_unreferenced text;
begin
    -- An array stays while any row of any table still refers to it.
    select string_agg(
        format('and not exists (select from %s as t where t.%I = a.array_id)', c.conrelid::regclass, f.attname), ' ')
    into v_unreferenced
    from pg_catalog.pg_constraint as c
    join pg_catalog.pg_attribute as f on f.attrelid = c.conrelid and f.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = 'store.array'::regclass and c.conparentid = 0;
    execute format(
        'delete from store.array as a using (select distinct %1$I as array_id from old_row where %1$I is not null) as o '
        'where a.array_id = o.array_id %2$s',
        v_column, v_unreferenced);
    return null;
end
$$;
comment on function store.release_arrays() is
    'Trigger: deletes the rows of store.array that the deleted or changed rows referred to and no row refers to any more.';
-- Triggers need no such right to fire, and nobody else is to call it.
revoke execute on function store.release_arrays()
    from public, trialbase_admin, trialbase_ingest, trialbase_worker, trialbase_analyst;

create function store.own_array(p_table regclass, p_column name) returns void
language plpgsql as $$
declare
    v_table text := (select relname from pg_catalog.pg_class where oid = p_table);
    v_stem text := regexp_replace(p_column, '_id$', '');
    v_attribute smallint := (
        select attnum from pg_catalog.pg_attribute where attrelid = p_table and attname = p_column and not attisdropped);
begin
    if v_attribute is null then
        raise exception '% has no column %', p_table, p_column using errcode = 'undefined_column';
    end if;
    if not exists (
        select from pg_catalog.pg_constraint
        where conrelid = p_table and contype = 'f' and confrelid = 'store.array'::regclass and conkey = array[v_attribute]
    ) then
        execute format('alter table %s add constraint %I foreign key (%I) references store.array',
            p_table, left(v_table || '_' || v_stem, 58) || '_fkey', p_column);
    end if;
    if not exists (
        select from pg_catalog.pg_index where indrelid = p_table and indkey[0] = v_attribute and indpred is null
    ) then
        execute format('create index %I on %s (%I)', left(v_table || '_' || v_stem, 59) || '_idx', p_table, p_column);
    end if;
    execute format(
        'create or replace trigger %I after delete on %s referencing old table as old_row '
        'for each statement execute function store.release_arrays(%L)',
        left(v_stem, 50) || '_deleted', p_table, p_column);
    execute format(
        'create or replace trigger %I after update on %s referencing old table as old_row '
        'for each statement execute function store.release_arrays(%L)',
        left(v_stem, 50) || '_replaced', p_table, p_column);
end
$$;
comment on function store.own_array(regclass, name) is
    'Makes a column of a table own the arrays that it names: foreign key to store.array, index, and triggers that delete an array''s row '
    'when no row refers to it any more. Called by migrations; safe to call again.';
revoke execute on function store.own_array(regclass, name) from public;
