-- Sessions by the names that people write: the key or its beginning, lab/subject/date/number as in file trees, or
-- the identifier that a source gave. One place, so that every command and every analyst reads names alike.

create or replace function analysis.session_name(p_session_id uuid) returns text
language sql stable strict parallel safe as $$
    select concat_ws('/', session.lab_name, subject.nickname, to_char(session.session_date, 'YYYY-MM-DD'),
                     lpad(session.session_number::text, greatest(3, length(session.session_number::text)), '0'))
    from core.session
    join core.subject using (subject_id)
    where session.session_id = p_session_id;
$$;
comment on function analysis.session_name(uuid) is
    'Name of a session for people: lab/subject/date/number (the number in three digits, left out where there is none).';

create or replace function analysis.find_sessions(p_name text) returns setof uuid
language sql stable strict parallel safe as $$
    with word as (
        select
            btrim(p_name) as name,
            lower(replace(btrim(p_name), '-', '')) as digits,
            -- Subjects stands between lab and subject in file trees, and is no name.
            array_remove(array_remove(string_to_array(btrim(p_name), '/'), 'Subjects'), '') as part
    ),
    key_range as (
        select rpad(word.digits, 32, '0')::uuid as first_key, rpad(word.digits, 32, 'f')::uuid as last_key
        from word
        where case when word.digits ~ '^[0-9a-f]{4,32}$' and word.name !~ '^\d{4}-\d\d-\d\d$' then true end
    ),
    dated as (
        select word.part, place.at
        from word
        cross join lateral generate_subscripts(word.part, 1) as place (at)
        where word.part[place.at] ~ '^\d{4}-\d\d-\d\d$'
        order by place.at desc
        limit 1
    ),
    path as (
        select
            case when dated.at > 2 then dated.part[dated.at - 2] end as lab_name,
            dated.part[dated.at - 1] as nickname,
            dated.part[dated.at] as session_date,
            dated.part[dated.at + 1] as session_number
        from dated
        where dated.at > 1
            and (dated.part[dated.at + 1] is null or dated.part[dated.at + 1] ~ '^\d{1,9}$')
    )
    select session.session_id
    from key_range
    join core.session on session.session_id between key_range.first_key and key_range.last_key
    union
    select session_alias.session_id
    from word
    join core.session_alias on session_alias.identifier = word.name
    union
    select session.session_id
    from path
    join core.subject on subject.nickname = path.nickname
    join core.session on session.subject_id = subject.subject_id
    where (path.lab_name is null or path.lab_name in (session.lab_name, subject.lab_name))
        and to_char(session.session_date, 'YYYY-MM-DD') = path.session_date
        and (path.session_number is null or session.session_number = path.session_number::integer);
$$;
comment on function analysis.find_sessions(text) is
    'Keys of the sessions that a name may mean: a key or its first four digits or more, [lab/]subject/date[/number] (also with '
    'Subjects/ and folders before it, as in file trees), or an identifier of a source. No row where it means none.';

create or replace function analysis.find_session(p_name text) returns uuid
language plpgsql stable strict as $$
declare
    v_found uuid[];
begin
    v_found := array(select f.session_id from analysis.find_sessions(p_name) as f (session_id) limit 100);
    if cardinality(v_found) = 1 then
        return v_found[1];
    elsif cardinality(v_found) = 0 then
        raise exception 'no session is named ''%''', left(p_name, 200)
            using errcode = 'no_data_found',
                  hint = 'Name it by its key or the first digits of it, or as lab/subject/date/number: trialbase query sessions.';
    end if;
    raise exception '''%'' names % sessions: %', left(p_name, 200),
            case when cardinality(v_found) = 100 then '100 or more' else cardinality(v_found)::text end,
            (select string_agg(n.name, ', ' order by n.name)
             from (select analysis.session_name(k.session_id) || ' (' || left(k.session_id::text, 8) || ')' as name
                   from unnest(v_found) as k (session_id) order by 1 limit 5) as n)
                || case when cardinality(v_found) > 5 then ', ...' else '' end
        using errcode = 'too_many_rows', hint = 'Give more of the name: the number, the lab, or more digits of the key.';
end
$$;
comment on function analysis.find_session(text) is
    'The key of the one session that a name means, see analysis.find_sessions; an error (no_data_found, too_many_rows) that '
    'lists candidates where it means none or several. where session_id = analysis.find_session(''lab/subject/2020-01-31/001'')';
