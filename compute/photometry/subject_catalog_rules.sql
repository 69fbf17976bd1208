-- Names that metadata are judged by, for photometry.subject_catalog: `kind` is the member of MetadataRules.
-- photometry.rules_revision tells the engine of their changes.
select
    key.key_no,
    rule.kind,
    rule.name,
    rule.value
from key
cross join (
    select 'excluded_subject' as kind, nickname as name, null as value, 0 as position from photometry.excluded_subject
    union all
    select 'valid_strain', strain, null, 0 from photometry.strain_rule where is_valid
    union all
    select 'valid_line', line, null, 0 from photometry.line_rule where is_valid
    union all
    select 'strain_neuromodulator', strain, neuromodulator, 0 from photometry.strain_rule where neuromodulator is not null
    union all
    select 'line_neuromodulator', line, neuromodulator, 0 from photometry.line_rule where neuromodulator is not null
    union all
    select 'neuromodulator', neuromodulator, null, position from photometry.neuromodulator
    union all
    select 'target', target, neuromodulator, position from photometry.target
    union all
    select 'region_rename', wrong_name, brain_region, 0 from photometry.region_rename
    union all
    select 'session_type', session_type, protocol_text, position from photometry.session_type
    union all
    select 'protocol_red_flag', flag, null, 0 from photometry.protocol_red_flag
    union all
    select 'dataset', category, path, category_position from photometry.dataset_path
) as rule
order by key.key_no, rule.kind, rule.position, rule.name, rule.value
