-- A session that is held already keeps its subject; where its files name another one now, people should know.
-- $1 sessions, $2 sources and $3 identifiers of the subjects that the files name, $4 what the issues are of.
insert into core.session_issue (session_id, dataset, issue_type, message)
select
    held.session_id,
    f.dataset,
    'OtherSubject',
    format('the files name subject %s, the session is one of subject %s; the session''s stays', named.nickname, subject.nickname)
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as f (session_id, source, identifier, dataset)
join core.session as held on held.session_id = f.session_id::uuid
join core.subject as subject on subject.subject_id = held.subject_id
join core.subject_alias as a on a.source = f.source and a.identifier = f.identifier
join core.subject as named on named.subject_id = a.subject_id
where a.subject_id <> held.subject_id
on conflict do nothing
