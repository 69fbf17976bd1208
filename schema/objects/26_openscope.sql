-- OpenScope credit assignment for analysts: sessions with what tables and files say, segments, blocks, tracked ROIs; segments by criteria
-- and windows around them. Source: spec/openscope.md, 1, 4 and 5.

create or replace view analysis.openscope_session as
select
    session.session_id,
    session.subject_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    session.start_time,
    listed.sessid,
    listed.mouse_n,
    listed.mouseid,
    listed.sex,
    listed.birth_date,
    listed.age_weeks::double precision as age_weeks,
    listed.depth_um,
    listed.plane_kind,
    listed.line_name,
    listed.runtype,
    listed.sess_n,
    listed.stim_seed,
    listed.pass_fail,
    listed.has_all_files,
    listed.has_any_files,
    listed.is_included,
    listed.nrois,
    listed.nrois_tracked,
    listed.nrois_all,
    listed.nrois_allen,
    listed.nrois_allen_all,
    listed.notes,
    loaded.session_id is not null as has_file,
    loaded.file_name,
    loaded.n_segments,
    loaded.n_stim_frames,
    loaded.n_twop_frames,
    loaded.n_rois,
    loaded.stim_fps::double precision as stim_fps,
    loaded.twop_fps::double precision as twop_fps,
    listed.pass_fail = 'P'
        and listed.sess_n between 1 and 3
        and listed.runtype = 'prod'
        and listed.nrois >= 1
        and listed.has_all_files
        and listed.has_any_files as is_selected,
    session.source,
    session.is_excluded
from imaging.openscope_listing as listed
join core.session_context as session using (session_id)
left join task.openscope_session as loaded using (session_id);
comment on view analysis.openscope_session is
    'Sessions of the OpenScope credit-assignment experiment, whether their file is loaded or they are known from the table only. One row '
    'per session. Order by sessid, as the papers do.';
comment on column analysis.openscope_session.session_id is 'The session.';
comment on column analysis.openscope_session.subject_id is 'The subject.';
comment on column analysis.openscope_session.lab_name is 'Lab where the session was run.';
comment on column analysis.openscope_session.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.openscope_session.session_date is 'Calendar date at the rig.';
comment on column analysis.openscope_session.start_time is 'Start, as mouse_df has it.';
comment on column analysis.openscope_session.sessid is 'Number of the session at the Allen Institute.';
comment on column analysis.openscope_session.mouse_n is 'The project''s number of the mouse, from 1.';
comment on column analysis.openscope_session.mouseid is 'Number of the mouse at the Allen Institute.';
comment on column analysis.openscope_session.sex is 'Sex as the table writes it: M or F.';
comment on column analysis.openscope_session.birth_date is 'Day of birth.';
comment on column analysis.openscope_session.age_weeks is 'Age at the session [weeks].';
comment on column analysis.openscope_session.depth_um is 'Depth of the imaging plane [um].';
comment on column analysis.openscope_session.plane_kind is 'What is imaged: soma, or dend for distal dendrites.';
comment on column analysis.openscope_session.line_name is 'Layer and Cre line: L23-Cux2 or L5-Rbp4.';
comment on column analysis.openscope_session.runtype is 'prod, or pilot.';
comment on column analysis.openscope_session.sess_n is 'Number of the session among those of its mouse, from 1.';
comment on column analysis.openscope_session.stim_seed is 'Seed that the stimulus was drawn with.';
comment on column analysis.openscope_session.pass_fail is 'Quality control: P passed, F failed.';
comment on column analysis.openscope_session.has_all_files is 'Whether all files of the session are there.';
comment on column analysis.openscope_session.has_any_files is 'Whether any of its files is there.';
comment on column analysis.openscope_session.is_included is 'Whether the experimenters include it.';
comment on column analysis.openscope_session.nrois is 'ROIs analysed, as listed.';
comment on column analysis.openscope_session.nrois_tracked is 'ROIs found in all three sessions, as listed; null where there are none.';
comment on column analysis.openscope_session.nrois_all is 'ROIs, bad ones included, as listed.';
comment on column analysis.openscope_session.nrois_allen is 'ROIs of the Allen Institute''s segmentation, as listed.';
comment on column analysis.openscope_session.nrois_allen_all is 'The same, bad ones included.';
comment on column analysis.openscope_session.notes is 'Remarks; null for none.';
comment on column analysis.openscope_session.has_file is 'Whether the session''s file is loaded.';
comment on column analysis.openscope_session.file_name is 'Name of the file; null when it is not loaded, as the columns behind it.';
comment on column analysis.openscope_session.n_segments is 'Segments of the stimulus.';
comment on column analysis.openscope_session.n_stim_frames is 'Stimulus frames (tot_stim_fr).';
comment on column analysis.openscope_session.n_twop_frames is 'Two-photon frames (tot_twop_fr).';
comment on column analysis.openscope_session.n_rois is 'ROIs of the loaded plane.';
comment on column analysis.openscope_session.stim_fps is 'Stimulus frames per second [Hz].';
comment on column analysis.openscope_session.twop_fps is 'Two-photon frames per second [Hz].';
comment on column analysis.openscope_session.is_selected is
    'Whether the papers use it: passed, session 1 to 3, prod, with ROIs and all files.';
comment on column analysis.openscope_session.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.openscope_session.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.openscope_segment as
select
    segment.session_id,
    segment.segment,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    segment.start_s::double precision as start_s,
    segment.stop_s::double precision as stop_s,
    (segment.stop_s - segment.start_s)::double precision as duration_s,
    segment.stimulus_type,
    segment.stimulus_template_name,
    segment.is_unexpected,
    segment.gabor_frame,
    segment.gabor_kappa::double precision as gabor_kappa,
    segment.gabor_mean_orientation_deg::double precision as gabor_mean_orientation_deg,
    segment.gabor_number,
    segment.main_flow_direction,
    segment.square_size_px::double precision as square_size_px,
    segment.square_number,
    segment.square_proportion_flipped::double precision as square_proportion_flipped,
    segment.start_frame_stim_template,
    segment.start_frame_stim,
    segment.stop_frame_stim,
    segment.num_frames_stim,
    segment.start_frame_twop,
    segment.stop_frame_twop,
    segment.num_frames_twop,
    session.source,
    session.is_excluded
from task.stimulus_segment as segment
join core.session_context as session using (session_id);
comment on view analysis.openscope_segment is
    'Segments of the stimulus with names: the published table stim_df. One row per session and segment.';
comment on column analysis.openscope_segment.session_id is 'The session.';
comment on column analysis.openscope_segment.segment is 'Row of the stimulus table, from 0.';
comment on column analysis.openscope_segment.lab_name is 'Lab where the session was run.';
comment on column analysis.openscope_segment.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.openscope_segment.session_date is 'Calendar date at the rig.';
comment on column analysis.openscope_segment.start_s is 'Start [s, session clock].';
comment on column analysis.openscope_segment.stop_s is 'Stop [s, session clock].';
comment on column analysis.openscope_segment.duration_s is 'Stop less start [s].';
comment on column analysis.openscope_segment.stimulus_type is 'gabors, visflow or grayscreen.';
comment on column analysis.openscope_segment.stimulus_template_name is 'Pictures that it was drawn from.';
comment on column analysis.openscope_segment.is_unexpected is 'Whether it breaks the pattern; null for grey screen.';
comment on column analysis.openscope_segment.gabor_frame is 'A, B, C, D, U or G; null for other stimuli.';
comment on column analysis.openscope_segment.gabor_kappa is 'Dispersion of the patches'' orientations.';
comment on column analysis.openscope_segment.gabor_mean_orientation_deg is 'Mean orientation of the patches [degrees].';
comment on column analysis.openscope_segment.gabor_number is 'Patches shown.';
comment on column analysis.openscope_segment.main_flow_direction is 'right (temp) or left (nasal).';
comment on column analysis.openscope_segment.square_size_px is 'Edge of a square [pixels].';
comment on column analysis.openscope_segment.square_number is 'Squares shown.';
comment on column analysis.openscope_segment.square_proportion_flipped is 'Share of the squares that go the other way, 0 to 1.';
comment on column analysis.openscope_segment.start_frame_stim_template is 'First frame within the template, from 0.';
comment on column analysis.openscope_segment.start_frame_stim is 'First stimulus frame, from 0.';
comment on column analysis.openscope_segment.stop_frame_stim is 'Stimulus frame after the last.';
comment on column analysis.openscope_segment.num_frames_stim is 'Stimulus frames.';
comment on column analysis.openscope_segment.start_frame_twop is 'First two-photon frame, from 0.';
comment on column analysis.openscope_segment.stop_frame_twop is 'Two-photon frame after the last.';
comment on column analysis.openscope_segment.num_frames_twop is 'Two-photon frames.';
comment on column analysis.openscope_segment.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.openscope_segment.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.openscope_block as
with run as (
    select
        segment.*,
        segment.segment - row_number() over (partition by session_id, stimulus_type order by segment.segment) as run_no
    from task.stimulus_segment as segment
),
block as (
    select
        session_id,
        stimulus_type,
        min(segment) as start_seg,
        max(segment) + 1 as stop_seg,
        min(start_s)::double precision as start_s,
        max(stop_s)::double precision as stop_s,
        min(start_frame_stim) as start_frame_stim,
        max(stop_frame_stim) as stop_frame_stim,
        min(start_frame_twop) as start_frame_twop,
        max(stop_frame_twop) as stop_frame_twop,
        min(gabor_kappa)::double precision as gabor_kappa,
        min(main_flow_direction) as main_flow_direction,
        min(square_size_px)::double precision as square_size_px,
        min(square_number) as square_number
    from run
    group by session_id, stimulus_type, run_no
)
select
    block.session_id,
    block.stimulus_type,
    row_number() over (partition by block.session_id, block.stimulus_type order by block.start_seg) - 1 as block,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    block.start_seg,
    block.stop_seg,
    block.stop_seg - block.start_seg as num_segs,
    block.start_s,
    block.stop_s,
    block.stop_s - block.start_s as duration_s,
    block.start_frame_stim,
    block.stop_frame_stim,
    block.stop_frame_stim - block.start_frame_stim as num_frames_stim,
    block.start_frame_twop,
    block.stop_frame_twop,
    block.stop_frame_twop - block.start_frame_twop as num_frames_twop,
    block.gabor_kappa,
    block.main_flow_direction,
    block.square_size_px,
    block.square_number,
    session.source,
    session.is_excluded
from block
join core.session_context as session using (session_id);
comment on view analysis.openscope_block is
    'Blocks of the stimulus: consecutive segments of one type (block_params). One row per session, type of stimulus and block.';
comment on column analysis.openscope_block.session_id is 'The session.';
comment on column analysis.openscope_block.stimulus_type is 'gabors, visflow or grayscreen.';
comment on column analysis.openscope_block.block is 'Number of the block among those of its type, from 0.';
comment on column analysis.openscope_block.lab_name is 'Lab where the session was run.';
comment on column analysis.openscope_block.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.openscope_block.session_date is 'Calendar date at the rig.';
comment on column analysis.openscope_block.start_seg is 'First segment.';
comment on column analysis.openscope_block.stop_seg is 'Segment after the last.';
comment on column analysis.openscope_block.num_segs is 'Segments.';
comment on column analysis.openscope_block.start_s is 'Start [s, session clock] (start_time_sec).';
comment on column analysis.openscope_block.stop_s is 'Stop [s, session clock] (stop_time_sec).';
comment on column analysis.openscope_block.duration_s is 'Stop less start [s] (duration_sec).';
comment on column analysis.openscope_block.start_frame_stim is 'First stimulus frame.';
comment on column analysis.openscope_block.stop_frame_stim is 'Stimulus frame after the last.';
comment on column analysis.openscope_block.num_frames_stim is 'Stimulus frames.';
comment on column analysis.openscope_block.start_frame_twop is 'First two-photon frame.';
comment on column analysis.openscope_block.stop_frame_twop is 'Two-photon frame after the last.';
comment on column analysis.openscope_block.num_frames_twop is 'Two-photon frames.';
comment on column analysis.openscope_block.gabor_kappa is 'Dispersion of the orientations; null for other stimuli.';
comment on column analysis.openscope_block.main_flow_direction is 'right (temp) or left (nasal); null for other stimuli.';
comment on column analysis.openscope_block.square_size_px is 'Edge of a square [pixels]; null for other stimuli.';
comment on column analysis.openscope_block.square_number is 'Squares shown; null for other stimuli.';
comment on column analysis.openscope_block.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.openscope_block.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace view analysis.openscope_tracked_roi as
select
    listed.session_id,
    roi.tracking_id,
    roi.roi,
    roi.roi - 1 as roi_index,
    session.subject_id,
    session.lab_name,
    session.subject_nickname,
    session.session_date,
    listed.sessid,
    listed.mouse_n,
    listed.sess_n,
    roi.n_mask_pixels,
    session.source,
    session.is_excluded
from imaging.openscope_listing as listed
join core.session_context as session using (session_id)
join imaging.roi as roi on roi.session_id = listed.session_id and roi.tracking_id is not null;
comment on view analysis.openscope_tracked_roi is
    'ROIs of loaded planes that were found in all sessions of their mouse (tracked_rois): order by tracking_id, and row k is the same cell '
    'in each. One row per session and tracked ROI.';
comment on column analysis.openscope_tracked_roi.session_id is 'The session.';
comment on column analysis.openscope_tracked_roi.tracking_id is 'The cell: the same in all sessions of its mouse, from 0.';
comment on column analysis.openscope_tracked_roi.roi is 'Number of the ROI in imaging.roi, from 1.';
comment on column analysis.openscope_tracked_roi.roi_index is 'Its column of the traces, from 0, as the published analysis counts.';
comment on column analysis.openscope_tracked_roi.subject_id is 'The subject.';
comment on column analysis.openscope_tracked_roi.lab_name is 'Lab where the session was run.';
comment on column analysis.openscope_tracked_roi.subject_nickname is 'Name of the subject within its lab: the mouse''s number.';
comment on column analysis.openscope_tracked_roi.session_date is 'Calendar date at the rig.';
comment on column analysis.openscope_tracked_roi.sessid is 'Number of the session at the Allen Institute.';
comment on column analysis.openscope_tracked_roi.mouse_n is 'The project''s number of the mouse, from 1.';
comment on column analysis.openscope_tracked_roi.sess_n is 'Number of the session among those of its mouse, from 1.';
comment on column analysis.openscope_tracked_roi.n_mask_pixels is 'Pixels of its mask; null without one.';
comment on column analysis.openscope_tracked_roi.source is 'Source of the session; simulated when it is made up.';
comment on column analysis.openscope_tracked_roi.is_excluded is 'Whether the session or its subject was taken out of analyses by hand.';

create or replace function analysis.openscope_segments(
    p_session_id uuid,
    p_stimulus text,
    p_unexpected boolean default null,
    p_gabor_frames text[] default null,
    p_gabor_kappas double precision[] default null,
    p_gabor_orientations double precision[] default null,
    p_square_sizes double precision[] default null,
    p_flow_directions text[] default null,
    p_onsets boolean default false
)
returns table (segment integer, block bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
    return query
    with chosen as (
        select s.segment
        from task.stimulus_segment as s
        where s.session_id = p_session_id
            and s.stimulus_type = p_stimulus
            and (p_unexpected is null or s.is_unexpected = p_unexpected)
            and (
                p_stimulus <> 'gabors'
                or (
                    (
                        p_gabor_frames is null
                        or s.gabor_frame = any (p_gabor_frames)
                        or case s.gabor_frame when 'A' then '0' when 'B' then '1' when 'C' then '2' when 'D' then '3' when 'U' then '3' when 'G' then '4' end
                            = any (p_gabor_frames)
                    )
                    and (p_gabor_kappas is null or s.gabor_kappa = any (p_gabor_kappas))
                    and (p_gabor_orientations is null or s.gabor_mean_orientation_deg = any (p_gabor_orientations))
                )
            )
            and (
                p_stimulus <> 'visflow'
                or (
                    (p_square_sizes is null or s.square_size_px = any (p_square_sizes))
                    and (
                        p_flow_directions is null
                        or exists (select from unnest(p_flow_directions) as d (direction) where strpos(s.main_flow_direction, d.direction) > 0)
                    )
                )
            )
    )
    select c.segment, b.block
    from chosen as c
    join analysis.openscope_block as b
        on b.session_id = p_session_id and b.stimulus_type = p_stimulus and c.segment >= b.start_seg and c.segment < b.stop_seg
    where not p_onsets or not exists (select from chosen as before where before.segment = c.segment - 1)
    order by c.segment;
    if not found then
        raise exception 'NoSegments: session % has no segment of % that meets the criteria', p_session_id, p_stimulus
            using errcode = 'no_data_found';
    end if;
end
$$;
comment on function analysis.openscope_segments(
    uuid, text, boolean, text[], double precision[], double precision[], double precision[], text[], boolean) is
    'Segments of a stimulus (gabors, visflow, grayscreen) that meet all criteria given, with their block: unexpected or not, Gabor frames '
    '(A, B, C, D, U, G, or 0 to 4, of which 3 is D and U), kappas, mean orientations [degrees], sizes of squares [pixels], directions '
    '(right, temp, left, nasal); those of the other stimulus are not looked at. With onsets a segment whose predecessor (number less one) is '
    'one of them is left out. Raises NoSegments when there is none.';

create or replace function analysis.openscope_windows(
    p_session_id uuid, p_segments integer[], p_pre_s double precision, p_post_s double precision, p_clock text default 'twop'
)
returns table (segment integer, reference_frame bigint, first_frame bigint, stop_frame bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
    if p_clock not in ('twop', 'stim') then
        raise exception 'the clock is twop or stim, not %', p_clock using errcode = 'invalid_parameter_value';
    end if;
    return query
    with clock as (
        select
            case p_clock when 'twop' then twop_fps else stim_fps end::double precision as fps,
            case p_clock when 'twop' then n_twop_frames else n_stim_frames end as n_frames
        from task.openscope_session
        where session_id = p_session_id
    ),
    reference as (
        select
            s.segment,
            case p_clock when 'twop' then s.start_frame_twop else s.start_frame_stim end as frame,
            -- Halves go to the even neighbour.
            round(-p_pre_s * clock.fps)::bigint as from_frame,
            round(p_post_s * clock.fps)::bigint as to_frame,
            clock.n_frames
        from unnest(p_segments) with ordinality as f (segment, place)
        join task.stimulus_segment as s on s.session_id = p_session_id and s.segment = f.segment
        cross join clock
        order by f.place
    )
    select r.segment, r.frame, r.frame + r.from_frame, r.frame + r.to_frame
    from reference as r
    where r.frame + r.from_frame >= 0 and r.frame + r.to_frame <= r.n_frames;
    if not found then
        raise exception 'NoWindows: no window of session % lies within the recording', p_session_id using errcode = 'no_data_found';
    end if;
end
$$;
comment on function analysis.openscope_windows(uuid, integer[], double precision, double precision, text) is
    'Frames of windows around the starts of segments, from p_pre_s before to p_post_s after [s]: first_frame to stop_frame (exclusive), of '
    'the two-photon frames (twop: traces, pupil) or the stimulus frames (stim: running). A window that leaves the recording is dropped; '
    'raises NoWindows when all do. Times of its frames: analysis.openscope_window_times.';

create or replace function analysis.openscope_window_times(p_pre_s double precision, p_post_s double precision, p_fps double precision)
returns table (frame integer, time_s double precision)
language sql immutable as $$
    select
        k,
        case when n.frames > 1 then -p_pre_s + k * (p_pre_s + p_post_s) / (n.frames - 1) else -p_pre_s end
    from (select (round(p_post_s * p_fps) - round(-p_pre_s * p_fps))::integer as frames) as n
    cross join generate_series(0, n.frames - 1) as k
$$;
comment on function analysis.openscope_window_times(double precision, double precision, double precision) is
    'Times of a window''s frames as the published analysis has them: equally spaced from -p_pre_s to p_post_s, both ends included [s]. One '
    'row per frame, from 0.';

create or replace function analysis.openscope_frames(p_session_id uuid, p_frames bigint[], p_from_clock text default 'stim')
returns table (frame bigint, other_frame integer)
language plpgsql stable as $$
#variable_conflict use_column
declare
    v_outside bigint;
begin
    if p_from_clock not in ('stim', 'twop') then
        raise exception 'the clock is stim or twop, not %', p_from_clock using errcode = 'invalid_parameter_value';
    end if;
    select min(f.frame)
    into v_outside
    from unnest(p_frames) as f (frame)
    left join task.openscope_session as s on s.session_id = p_session_id
    where not coalesce(f.frame >= 0 and f.frame < case p_from_clock when 'stim' then s.n_stim_frames else s.n_twop_frames end, false);
    if v_outside is not null then
        raise exception 'FrameRange: session % has no % frame %', p_session_id, p_from_clock, v_outside using errcode = 'numeric_value_out_of_range';
    end if;
    return query
    select f.frame, m.frames[(f.frame % 1000)::integer + 1]
    from unnest(p_frames) with ordinality as f (frame, place)
    join task.frame_map as m
        on m.session_id = p_session_id and m.from_clock = p_from_clock and m.first_frame = f.frame - f.frame % 1000
    order by f.place;
end
$$;
comment on function analysis.openscope_frames(uuid, bigint[], text) is
    'Frames of the other clock: of stimulus frames (stim) the nearest two-photon frames, of two-photon frames (twop) the nearest stimulus '
    'frames, null where the stimulus is not shown. Frames count from 0. Raises FrameRange for a frame outside the recording.';
