-- Change detection from files: which file a session's behaviour is from. The planes of an imaging session come in several files, each
-- with the same behaviour; it is loaded from one of them.

alter table task.change_session add column behavior_file text;
comment on column task.change_session.behavior_file is
    'Name of the file that trials, licks, rewards, presentations and recordings were read from; other files of the session add their '
    'imaging plane only. Null when not from a file.';
comment on column task.change_session.image_set is 'Images shown (images_A or gratings, as session_type tells); null when it does not.';
