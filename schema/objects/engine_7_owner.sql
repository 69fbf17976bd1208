-- Whose the schema is. It belongs to the role that first migrated; given to trialbase_admin, everybody who has that role
-- can migrate, and functions that run with their owner's rights have no more than those of trialbase_admin.

create or replace function engine.give_to_admins() returns void
language plpgsql as $$
declare
    v_schema regnamespace;
    v_thing record;
begin
    foreach v_schema in array array[
        'units', 'core', 'task', 'photometry', 'imaging', 'model', 'engine', 'store', 'analysis']::regnamespace[]
    loop
        execute format('alter schema %s owner to trialbase_admin', v_schema);
        for v_thing in
            select
                case c.relkind
                    when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table'
                end as kind,
                c.oid::regclass::text as name
            from pg_catalog.pg_class as c
            where c.relnamespace = v_schema
                and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
                and c.relowner <> 'trialbase_admin'::regrole
                -- Sequences of columns go with their tables.
                and not exists (
                    select from pg_catalog.pg_depend as d
                    where d.classid = 'pg_class'::regclass and d.objid = c.oid and c.relkind = 'S' and d.deptype in ('a', 'i'))
            union all
            select case t.typtype when 'd' then 'domain' else 'type' end, t.oid::regtype::text
            from pg_catalog.pg_type as t
            where t.typnamespace = v_schema
                and t.typtype in ('d', 'e', 'r')
                and t.typowner <> 'trialbase_admin'::regrole
            union all
            select case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end, p.oid::regprocedure::text
            from pg_catalog.pg_proc as p
            where p.pronamespace = v_schema and p.proowner <> 'trialbase_admin'::regrole
        loop
            execute format('alter %s %s owner to trialbase_admin', v_thing.kind, v_thing.name);
        end loop;
    end loop;
    execute format('grant create on database %I to trialbase_admin', current_database());
end
$$;
comment on function engine.give_to_admins() is
    'Makes trialbase_admin the owner of our schemas and of all that is in them, so that its members can migrate. Called by '
    'trialbase migrate --give-to-admins, by the present owner or a superuser; safe to call again.';
