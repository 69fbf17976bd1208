-- schema/OPENSCOPE.md: every attribute of the published Session and stimulus objects stands there, and its SQL finds something. Run at the
-- top folder.
\set ON_ERROR_STOP on
begin;
select no_plan();
\ir fixture/openscope.sql
\set page `cat schema/OPENSCOPE.md`

create temporary table pair as
select part[1] as attribute, replace(part[2], $$:'session'$$, quote_literal('00000000-0000-0000-0000-000000000551')) as sql
from regexp_matches(:'page', '^\| `([A-Za-z0-9_]+)` \|[^|]*\| `(select [^`]*)` \|$', 'gn') as p (part);

select set_eq(
    'select attribute from pair',
    array[
        -- a session
        'sessid', 'mouse_n', 'mouseid', 'sex', 'DOB', 'date', 'age_weeks', 'depth', 'plane', 'line', 'runtype', 'sess_n', 'stim_seed',
        'pass_fail', 'all_files', 'any_files', 'notes', 'home', 'sess_files', 'stim_df', 'stim_fps', 'twop_fps', 'tot_stim_fr', 'tot_twop_fr',
        'nrois', 'roi_facts_df', 'stimtypes', 'n_stims', 'stims', 'gabors', 'visflow', 'grayscr', 'roi_names', 'roi_masks', 'tracked_rois', 'max_proj',
        'roi_traces', 'run_data', 'pup_data', 'stim2twopfr', 'twop2stimfr',
        -- a stimulus
        'block_params', 'n_patches', 'exp_gabfr', 'unexp_gabfr', 'all_gabfr', 'exp_gabfr_mean_oris', 'unexp_gabfr_mean_oris',
        'all_gabfr_mean_oris', 'kappas', 'n_segs_per_seq', 'seg_len_s', 'main_flow_direcs', 'square_sizes', 'n_squares', 'prop_flipped',
        'get_segs_by_criteria', 'get_start_fr', 'get_stop_fr', 'get_fr_by_seg', 'get_fr_ran', 'get_stim_par_by_seg'],
    'every attribute stands on the page');
select is((select count(*) from pair), (select count(distinct attribute) from pair), 'each once');

create function pg_temp.answer(p_sql text) returns text language plpgsql as $$
declare
    answer text;
begin
    execute format('select string_agg(concat_ws('' '', variadic array(select value from jsonb_each_text(to_jsonb(a)))), ''; '') from (%s) as a', p_sql)
    into answer;
    return answer;
end $$;
select lives_ok(sql, attribute || ' is asked without an error') from pair;
select isnt(pg_temp.answer(sql), null, attribute || ' is found') from pair;
select is((select pg_temp.answer(sql) from pair where pair.attribute = wanted.attribute), wanted.answer, wanted.attribute)
from (values
    ('sessid', '51'), ('DOB', '20180623'), ('date', '20180926'), ('all_files', '1'), ('depth', '175'), ('tot_stim_fr', '421'),
    ('n_stims', '2'), ('tracked_rois', '2; 0'), ('roi_names', '7501; 7502; 7503'), ('n_patches', '30'), ('n_segs_per_seq', '5'),
    ('unexp_gabfr_mean_oris', '180'), ('n_squares', '105'), ('prop_flipped', '0.25'), ('unexp_gabfr', 'U'), ('home', 'task'),
    ('sess_files', 'sub-408021_ses-51_behavior+ophys.nwb'), ('roi_facts_df', '0.02 0 0.5; 0.04 1 0.6; 0.03 2 0.3')
) as wanted (attribute, answer);

-- Segments, blocks, windows and frames.
select results_eq(
    $$ select segment, block from analysis.openscope_segments('00000000-0000-0000-0000-000000000551', 'gabors', true, '{3}') $$,
    $$ values (9, 0::bigint) $$, 'gabor frame 3 is D and U');
select results_eq(
    $$ select segment from analysis.openscope_segments('00000000-0000-0000-0000-000000000551', 'gabors', true, p_onsets => true) $$,
    $$ values (6) $$, 'an onset is a segment whose predecessor is not among them');
select throws_ok(
    $$ select * from analysis.openscope_segments('00000000-0000-0000-0000-000000000551', 'visflow', p_flow_directions => '{left}') $$,
    'P0002', null, 'criteria that no segment meets are an error');
select results_eq(
    $$ select segment from analysis.openscope_segments('00000000-0000-0000-0000-000000000551', 'visflow', p_flow_directions => '{temp}') $$,
    $$ values (11), (12) $$, 'a direction goes by either of its names');
select results_eq(
    $$ select start_seg, stop_seg, num_frames_stim from analysis.openscope_block
       where session_id = '00000000-0000-0000-0000-000000000551' order by start_seg $$,
    $$ values (0, 1, 60::bigint), (1, 11, 180::bigint), (11, 13, 120::bigint), (13, 14, 60::bigint) $$,
    'blocks are consecutive segments of one type');
select results_eq(
    $$ select segment, first_frame, stop_frame from analysis.openscope_windows('00000000-0000-0000-0000-000000000551', '{0,9}', 0.1, 0.25) $$,
    $$ values (9, 99::bigint, 110::bigint) $$, 'windows leave out those beyond the recording; halves go to the even frame');
select throws_ok(
    $$ select * from analysis.openscope_frames('00000000-0000-0000-0000-000000000551', '{421}') $$, '22003', null,
    'a frame outside the recording is an error');
select results_eq(
    $$ select sessid, is_selected from analysis.openscope_session order by sessid $$, $$ values (51::bigint, true), (52::bigint, false) $$,
    'the papers use sessions that passed');
select * from finish();
rollback;
