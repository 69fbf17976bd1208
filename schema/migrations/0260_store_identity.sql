-- Whose array store it is: the database knows its store by a mark that lies in the store's root, and the mark knows the
-- database. So a disk that is not mounted, another database's store, and a copy of this database are told apart.

create table store.store (
    is_only boolean not null default true,
    store_id uuid not null,
    root text not null,
    database_identity text not null,
    token uuid not null,
    next_token uuid,
    made_at timestamptz not null default now(),
    opened_at timestamptz not null default now(),
    constraint store_pkey primary key (is_only),
    constraint store_is_only_check check (is_only),
    constraint store_root_check check (root <> '')
);
comment on table store.store is
    'The array store of this database. One row, absent until arrays are first written. Written by the program when it opens the store.';
comment on column store.store.is_only is 'Always true: there is one store.';
comment on column store.store.store_id is 'Identity of the store; stands in the mark in its root (the file trialbase_store), too.';
comment on column store.store.root is 'Root of the store as it was last used: where readers look unless they are told another place.';
comment on column store.store.database_identity is
    'Identity of the database that the store belongs to: the server''s system identifier and the database''s oid. A copy has another one.';
comment on column store.store.token is
    'Changed by every program that opens the store for writing, here and in the mark: of two copies of a server, only one can follow.';
comment on column store.store.next_token is 'The token that is about to be written to the mark; null when none is.';
comment on column store.store.made_at is 'When this database first used the store.';
comment on column store.store.opened_at is 'When the store was last opened for writing.';
select engine.set_tier('store.store', 'manual');

grant select on store.store to trialbase_ingest, trialbase_worker, trialbase_analyst;
grant insert, update on store.store to trialbase_ingest, trialbase_worker;
grant all on store.store to trialbase_admin;
