-- Moments as people write them: on the clock of the subject's lab, unless an offset says otherwise.

create or replace function core.subject_moment(p_lab_name text, p_nickname text, p_moment text)
returns table (subject_id uuid, moment timestamptz)
language sql stable as $$
    select
        subject.subject_id,
        case
            when p_moment ~ '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$' then p_moment::timestamptz
            else p_moment::timestamp at time zone coalesce(lab.time_zone, 'UTC')
        end
    from core.subject as subject
    join core.lab as lab on lab.lab_name = subject.lab_name
    where subject.lab_name = p_lab_name and subject.nickname = p_nickname;
$$;
comment on function core.subject_moment(text, text, text) is
    'The subject of that name, and the moment that a text means there: on the lab''s clock unless it has an offset. No row without the subject.';
