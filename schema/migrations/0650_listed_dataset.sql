-- What sources list of a dataset, beside what the file is that was loaded: the two may differ.
-- Source: spec/known_troubles.md, 2, row 2.

alter table store.dataset add column file_md5 text;
alter table store.dataset add column listed_bytes bigint;
alter table store.dataset add column checked_md5 text;
alter table store.dataset add constraint dataset_file_md5_check check (file_md5 ~ '^[0-9a-f]{32}$');
alter table store.dataset add constraint dataset_listed_bytes_check check (listed_bytes >= 0);
alter table store.dataset add constraint dataset_checked_md5_check check (checked_md5 ~ '^[0-9a-f]{32}$');
comment on column store.dataset.md5 is 'MD5 that the source lists, in lower-case hex; null when none does.';
comment on column store.dataset.file_md5 is
    'MD5 of the file that was loaded, in lower-case hex; null when it was not computed (files that no values come from) or nothing was loaded.';
comment on column store.dataset.listed_bytes is 'Size that the source lists [bytes]; null when none does.';
comment on column store.dataset.checked_md5 is
    'The md5 that was listed when the file was last loaded: another one now is a reason to load it again; null when none was listed then.';
