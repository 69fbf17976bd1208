-- The repository that a list tells of. $1 its name.
insert into store.data_repository (repository_name) values ($1)
on conflict do nothing
