-- Parameter sets that are computed only when somebody asks for them: sets for comparisons with other pipelines would double
-- the work of every session. The restriction of photometry.preprocessed and response_set follows in 0231.

alter table photometry.preprocess_params add column is_on_request boolean not null default false;
alter table photometry.preprocess_params add column is_requested boolean not null default false;
comment on column photometry.preprocess_params.is_on_request is
    'Whether the set is computed only on request. Comes with the shipped sets; false for sets that you add, which are computed at once.';
comment on column photometry.preprocess_params.is_requested is
    'Yours to set: true has populate compute the set although it is on request; no migrate changes it. What is computed stays when it is '
    'false again.';

alter table photometry.response_params add column is_on_request boolean not null default false;
alter table photometry.response_params add column is_requested boolean not null default false;
comment on column photometry.response_params.is_on_request is
    'Whether the set is computed only on request. Comes with the shipped sets; false for sets that you add, which are computed at once.';
comment on column photometry.response_params.is_requested is
    'Yours to set: true has populate compute the set although it is on request; no migrate changes it. What is computed stays when it is '
    'false again.';
