-- What a table of sessions (trialbase ingest sessions-table) tells beside what is computed here. Source: spec/photometry.md, 3.2 to 3.5.

create or replace view analysis.photometry_listed_session as
with listed as (
    select
        member.list_name,
        session.*,
        raw.details -> 'sessions_table' as told
    from core.session_list_member as member
    join core.session_list as list on list.list_name = member.list_name and list.kind = 'sessions-table'
    join core.session_context as session on session.session_id = member.session_id
    join core.session as raw on raw.session_id = member.session_id
),
compared as (
    select
        listed.session_id,
        listed.list_name,
        listed.lab_name,
        listed.subject_nickname,
        listed.session_date,
        listed.told ->> 'session_type' as listed_session_type,
        catalogue.session_type,
        listed.told ->> 'NM' as listed_nm,
        catalogue.nm,
        array(select jsonb_array_elements_text(listed.told -> 'target_NM')) as listed_target_nm,
        catalogue.target_nm,
        array(select regexp_replace(one, '-[lr]$', '') from jsonb_array_elements_text(listed.told -> 'brain_region') as one)
            as listed_brain_region,
        array(select regexp_replace(one, '-[lr]$', '') from unnest(catalogue.brain_region) as one) as brain_region,
        array(select coalesce(one, '') from jsonb_array_elements_text(listed.told -> 'hemisphere') as one) as listed_hemisphere,
        catalogue.hemisphere,
        (listed.told ->> 'day_n')::integer as listed_day_n,
        catalogue.day_n,
        (listed.told ->> 'session_n')::double precision as listed_session_n,
        catalogue.session_n,
        (listed.told ->> 'session_length')::double precision as listed_session_length_s,
        catalogue.pipeline_session_length_s as session_length_s,
        catalogue.session_id is not null as is_computed,
        listed.source,
        listed.is_excluded
    from listed
    left join analysis.photometry_session as catalogue on catalogue.session_id = listed.session_id
)
select
    session_id,
    list_name,
    lab_name,
    subject_nickname,
    session_date,
    listed_session_type,
    session_type,
    listed_nm,
    nm,
    listed_target_nm,
    target_nm,
    listed_brain_region,
    brain_region,
    listed_hemisphere,
    hemisphere,
    listed_day_n,
    day_n,
    listed_session_n,
    session_n,
    listed_session_length_s,
    session_length_s,
    is_computed,
    case
        when is_computed then array_remove(
            array[
                case when listed_session_type is distinct from session_type then 'session_type' end,
                case when listed_nm is distinct from nm then 'nm' end,
                case when listed_target_nm is distinct from target_nm then 'target_nm' end,
                case when listed_brain_region is distinct from brain_region then 'brain_region' end,
                case when listed_hemisphere is distinct from hemisphere then 'hemisphere' end,
                case when listed_day_n is distinct from day_n then 'day_n' end,
                case when listed_session_n is distinct from session_n then 'session_n' end,
                case
                    when
                        (listed_session_length_s is null) <> (session_length_s is null)
                        or abs(listed_session_length_s - session_length_s) > 1e-3
                    then 'session_length'
                end
            ],
            null
        )
    end as differing,
    source,
    is_excluded
from compared;
comment on view analysis.photometry_listed_session is
    'What a table of sessions told that is computed here, beside it. One row per list and session.';
comment on column analysis.photometry_listed_session.session_id is 'The session.';
comment on column analysis.photometry_listed_session.list_name is 'The table; see core.session_list.';
comment on column analysis.photometry_listed_session.lab_name is 'Lab where the session was run.';
comment on column analysis.photometry_listed_session.subject_nickname is 'Name of the subject within its lab.';
comment on column analysis.photometry_listed_session.session_date is 'Calendar date at the rig.';
comment on column analysis.photometry_listed_session.listed_session_type is 'Kind of session as the table tells it.';
comment on column analysis.photometry_listed_session.session_type is 'Kind of session by its protocol, as computed.';
comment on column analysis.photometry_listed_session.listed_nm is 'Neuromodulator as the table tells it.';
comment on column analysis.photometry_listed_session.nm is 'Neuromodulator of the first recording, as computed.';
comment on column analysis.photometry_listed_session.listed_target_nm is 'Labels of the recordings (VTA-DA) as the table tells them.';
comment on column analysis.photometry_listed_session.target_nm is 'Labels of the recordings, as computed.';
comment on column analysis.photometry_listed_session.listed_brain_region is 'Regions of the recordings as the table tells them, without their sides.';
comment on column analysis.photometry_listed_session.brain_region is 'Regions of the recordings as repaired, without their sides.';
comment on column analysis.photometry_listed_session.listed_hemisphere is 'Sides as the table tells them: l, r or empty.';
comment on column analysis.photometry_listed_session.hemisphere is 'Sides as repaired: l, r or empty.';
comment on column analysis.photometry_listed_session.listed_day_n is 'Days since the subject''s first session as the table tells them.';
comment on column analysis.photometry_listed_session.day_n is 'Days since the subject''s first session that is known here.';
comment on column analysis.photometry_listed_session.listed_session_n is 'Rank of the session''s date among its subject''s as the table tells it.';
comment on column analysis.photometry_listed_session.session_n is 'Rank of the session''s date among its subject''s that are known here, from 1.';
comment on column analysis.photometry_listed_session.listed_session_length_s is 'Length of the session as the table tells it [s].';
comment on column analysis.photometry_listed_session.session_length_s is 'End minus start [s], as computed.';
comment on column analysis.photometry_listed_session.is_computed is 'Whether the catalogue of the subject has been computed (trialbase populate).';
comment on column analysis.photometry_listed_session.differing is
    'What differs; empty where all agrees, null before the catalogue of the subject is computed. day_n and session_n differ where not all '
    'sessions of the subject are in both.';
comment on column analysis.photometry_listed_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.photometry_listed_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand (trialbase exclude).';
