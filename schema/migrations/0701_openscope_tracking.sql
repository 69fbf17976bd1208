-- OpenScope credit assignment: ROIs found again in all sessions of a mouse, as files list them. Source: spec/openscope.md, 1.

create table imaging.roi_tracking (
    session_id uuid not null,
    file_name text not null,
    file_sha256 text not null,
    sess_n integer not null,
    n_tracked integer not null,
    n_bad integer not null,
    nway_info text,
    minimum_iou units.number,
    sess_ns integer[] not null,
    sess_ids bigint[] not null,
    match_perm_examples jsonb,
    constraint roi_tracking_pkey primary key (session_id),
    constraint roi_tracking_n_check check (n_tracked >= 0 and n_bad >= 0),
    constraint roi_tracking_session_fkey foreign key (session_id) references core.session on delete restrict
);
comment on table imaging.roi_tracking is
    'Files that list the ROIs of a session that were found again in the other sessions of its mouse. One row per session.';
comment on column imaging.roi_tracking.session_id is 'The session.';
comment on column imaging.roi_tracking.file_name is 'Name of the file.';
comment on column imaging.roi_tracking.file_sha256 is 'SHA-256 of the file, lower-case hex: a file with the same one changes nothing.';
comment on column imaging.roi_tracking.sess_n is 'Number of the session among those of its mouse.';
comment on column imaging.roi_tracking.n_tracked is 'ROIs that are tracked: rows of imaging.tracked_roi.';
comment on column imaging.roi_tracking.n_bad is 'Bad ROIs: rows of imaging.bad_roi.';
comment on column imaging.roi_tracking.nway_info is 'How matches were joined, as written.';
comment on column imaging.roi_tracking.minimum_iou is 'Least overlap of matched ROIs (intersection over union), 0 to 1; null when not told.';
comment on column imaging.roi_tracking.sess_ns is 'Numbers of the sessions that were matched.';
comment on column imaging.roi_tracking.sess_ids is 'Numbers of these sessions at the Allen Institute (sessid), in the order of sess_ns.';
comment on column imaging.roi_tracking.match_perm_examples is 'Matches by order of sessions, as written; null where the file has none.';
select engine.set_tier('imaging.roi_tracking', 'imported');

create table imaging.tracked_roi (
    session_id uuid not null,
    tracking_id bigint not null,
    source_roi_id bigint not null,
    roi_index_all integer not null,
    roi_index integer not null,
    constraint tracked_roi_pkey primary key (session_id, tracking_id),
    constraint tracked_roi_index_check check (tracking_id >= 0 and roi_index >= 0 and roi_index_all >= roi_index),
    constraint tracked_roi_roi_tracking_fkey foreign key (session_id) references imaging.roi_tracking on delete cascade
);
comment on table imaging.tracked_roi is 'ROIs that were found in all matched sessions of a mouse. One row per session and tracked cell.';
comment on column imaging.tracked_roi.session_id is 'The session.';
comment on column imaging.tracked_roi.tracking_id is
    'Place of the cell in tracking order, from 0: the same in all sessions of the mouse; imaging.roi has it for loaded planes.';
comment on column imaging.tracked_roi.source_roi_id is 'Number of the ROI at its source (sess_<n>_roi_id).';
comment on column imaging.tracked_roi.roi_index_all is 'Index of the ROI among all, bad ones included, from 0 (dff-ordered_roi_index).';
comment on column imaging.tracked_roi.roi_index is 'Index of the ROI among those that are not bad, from 0: its column of the published traces.';
select engine.set_tier('imaging.tracked_roi', 'imported');

create table imaging.bad_roi (
    session_id uuid not null,
    roi_index_all integer not null,
    source_roi_id bigint not null,
    constraint bad_roi_pkey primary key (session_id, roi_index_all),
    constraint bad_roi_index_check check (roi_index_all >= 0),
    constraint bad_roi_roi_tracking_fkey foreign key (session_id) references imaging.roi_tracking on delete cascade
);
comment on table imaging.bad_roi is 'ROIs that the source leaves out, as their traces are not whole. One row per session and ROI.';
comment on column imaging.bad_roi.session_id is 'The session.';
comment on column imaging.bad_roi.roi_index_all is 'Index of the ROI among all, from 0 (dff_local_bad_roi_idx).';
comment on column imaging.bad_roi.source_roi_id is 'Number of the ROI at its source (sess_<n>_bad_roi_id).';
select engine.set_tier('imaging.bad_roi', 'imported');

create table imaging.registration (
    session_id uuid not null,
    from_sess_n integer not null,
    to_sess_n integer not null,
    matrix units.number[] not null,
    constraint registration_pkey primary key (session_id, from_sess_n, to_sess_n),
    constraint registration_matrix_check check (cardinality(matrix) = 9),
    constraint registration_roi_tracking_fkey foreign key (session_id) references imaging.roi_tracking on delete cascade
);
comment on table imaging.registration is
    'Where a point of one session''s image lies in another session''s. One row per session whose file tells it, and pair of sessions.';
comment on column imaging.registration.session_id is 'The session whose file tells it.';
comment on column imaging.registration.from_sess_n is 'Number of the session among those of the mouse whose image is moved.';
comment on column imaging.registration.to_sess_n is 'Number of the session that it is moved onto.';
comment on column imaging.registration.matrix is
    'The 3 x 3 matrix, row by row: the moved image at (x, y) is the image at the matrix times (x, y, 1), divided by its third coordinate.';
select engine.set_tier('imaging.registration', 'imported');

grant insert, update, delete on
    imaging.roi_tracking,
    imaging.tracked_roi,
    imaging.bad_roi,
    imaging.registration
    to trialbase_ingest;
