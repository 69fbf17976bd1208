-- Sessions whose trials are those of another one are found by their checksums: one entry for each session's choices.
create index dataset_trials_sha256_idx on store.dataset (sha256)
    where dataset_type_name in ('trials.choice', 'trials.table');
