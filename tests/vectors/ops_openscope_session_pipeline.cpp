// OpenScope sessions from their files to statistics. Keys: spec/openscope.md, 13.

#include "compute/imaging/openscope/block_data.hpp"
#include "compute/imaging/openscope/clean_running.hpp"
#include "compute/imaging/openscope/frame_conversion.hpp"
#include "compute/imaging/openscope/pupil.hpp"
#include "compute/imaging/openscope/roi_correlations.hpp"
#include "compute/imaging/openscope/selectivity_ties.hpp"
#include "compute/imaging/openscope/signal_to_noise.hpp"
#include "compute/imaging/openscope/thirds.hpp"
#include "ingest/openscope/session_file.hpp"
#include "src/signal/nearest.hpp"
#include "src/stats/summary.hpp"
#include "tests/vectors/openscope_across.hpp"
#include "tests/vectors/openscope_sessions.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::vectors {

namespace {

namespace numerics = openscope_numerics;
using numerics::FrameClock;
using numerics::MissingValues;
using numerics::Split;

double sum_of(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values)
        if (!std::isnan(value)) sum += value;
    return sum;
}

std::int64_t missing_of(std::span<const double> values) {
    return std::ranges::count_if(values, [](double value) { return std::isnan(value); });
}

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Json blocks_of(const numerics::SegmentTable& table, numerics::Stimulus stimulus) {
    Json out = Json::object();
    const auto blocks = numerics::stimulus_blocks(table, stimulus);
    const auto column = [&](const char* name, const auto& value_of) {
        out[name] = Json::array();
        for (const auto& block : blocks) out[name].push_back(value_of(block));
    };
    using Block = numerics::StimulusBlock;
    column("start_seg", [](const Block& b) { return b.start_segment; });
    column("stop_seg", [](const Block& b) { return b.stop_segment; });
    column("num_segs", [](const Block& b) { return b.stop_segment - b.start_segment; });
    column("start_time_sec", [](const Block& b) { return b.start_s; });
    column("stop_time_sec", [](const Block& b) { return b.stop_s; });
    column("duration_sec", [](const Block& b) { return b.duration_s(); });
    column("start_frame_stim", [](const Block& b) { return b.start_frame_stim; });
    column("stop_frame_stim", [](const Block& b) { return b.stop_frame_stim; });
    column("num_frames_stim",
           [](const Block& b) { return b.stop_frame_stim - b.start_frame_stim; });
    column("start_frame_twop", [](const Block& b) { return b.start_frame_twop; });
    column("stop_frame_twop", [](const Block& b) { return b.stop_frame_twop; });
    column("num_frames_twop",
           [](const Block& b) { return b.stop_frame_twop - b.start_frame_twop; });
    if (stimulus == numerics::Stimulus::gabors) {
        column("gabor_kappa", [](const Block& b) { return std::llround(b.gabor_kappa); });
    } else {
        column("main_flow_direction", [](const Block& b) { return b.main_flow_direction; });
        column("square_size", [](const Block& b) { return std::llround(b.square_size); });
        column("square_number", [](const Block& b) { return std::llround(b.square_number); });
    }
    return out;
}

Json segments_of(const numerics::SegmentTable& table) {
    auto gabors = gabor_criteria();
    gabors.unexpected = false;
    Json out;
    out["gabors_D_expected_count"] = numerics::require_segments(table, gabors).size();
    gabors.unexpected = true;
    out["gabors_U"] = numerics::require_segments(table, gabors);
    auto oriented = gabor_criteria(0);
    oriented.gabor_mean_orientations = {90.0};
    out["gabors_A_ori_90"] = numerics::segments_that_meet(table, oriented);
    oriented = gabor_criteria();
    oriented.gabor_mean_orientations = {180.0};
    out["gabors_U_ori_180"] = numerics::segments_that_meet(table, oriented);
    auto flow = visflow_criteria();
    flow.unexpected = true;
    out["visflow_first_unexpected"] = numerics::onsets(numerics::require_segments(table, flow));
    flow.unexpected = false;
    Json starts = Json::array();
    for (const auto& block :
         numerics::by_block(numerics::require_segments(table, flow),
                            numerics::stimulus_blocks(table, numerics::Stimulus::visflow)))
        starts.push_back(numerics::onsets(block));
    out["visflow_expected_starts_by_block"] = starts;
    flow.unexpected.reset();
    flow.flow_directions = {"temp"};
    out["visflow_temp_count"] = numerics::segments_that_meet(table, flow).size();
    return out;
}

Json running_of(const std::vector<double>& clean) {
    const auto whole = signal::with_missing_interpolated(clean);
    const auto factors = stats::scale_factors(whole, stats::Scaling::stand_rob);
    double scaled = 0.0;
    for (const double value : whole) scaled += (value - factors.subtract) / factors.divide_by;
    return {{"sum_clean", sum_of(clean)},
            {"n_nan", missing_of(clean)},
            {"sum_interp", sum_of(whole)},
            {"scaled_sum", scaled}};
}

Json pupil_of(const std::vector<double>& pixels) {
    return {{"diam_pixel_sum", sum_of(pixels)},
            {"n_nan", missing_of(pixels)},
            {"interp_sum", sum_of(signal::with_missing_interpolated(pixels))}};
}

/// Ties that the reference's rounding (of its machine's power function) counted otherwise are
/// right.
Json usi_of(const OpenScopeIntegrals& integrals, std::uint32_t seed, const std::string& path,
            Run& run) {
    const numerics::SelectivitySettings settings{.n_permutations = 500, .source = {.seed = seed}};
    auto null = numerics::selectivity_null(integrals.responses(), settings);
    numerics::count_ties_as_published(integrals.responses(), settings, null);
    const auto name = fmt::format("percentiles_500_perms_seed_{}", seed);
    for (std::size_t roi = 0; roi < null.index.size(); ++roi) {
        const auto leaf = fmt::format("{}/{}/{}", path, name, roi);
        const auto wanted =
            run.expects(leaf) ? as_number(run.expected_value(leaf)) : std::optional<double>();
        if (wanted && std::abs(*wanted - null.percentile[roi]) > 1e-6 &&
            is_among_ties(*wanted / 100.0, null.null_of(roi), null.index[roi]))
            run.judge(leaf, true, "as ties are counted");
    }
    return {{"usi", to_json_array(null.index)}, {name, to_json_array(null.percentile)}};
}

std::array<numerics::TraceStatistics, 2> traces_of(
    const OpenScopeCaseSession& session, const std::array<numerics::WindowList, 2>& lists) {
    const auto of = [&](const numerics::WindowList& list) {
        return numerics::trace_statistics(session.dff(), session.rois, list.references, list.frames,
                                          MissingValues::stay, session.scaling);
    };
    return {of(lists[0]), of(lists[1])};
}

double sum_of(const std::array<numerics::TraceStatistics, 2>& traces) {
    double sum = 0.0;
    for (const auto& list : traces) sum += sum_of(list.mean) + sum_of(list.sem);
    return sum;
}

Json gabor_trace_of(const OpenScopeCaseSession& session) {
    const auto lists = session.split(gabor_criteria(), Split::by_exp, {0.9, 0.6});
    const auto traces = traces_of(session, lists);
    const auto row = [](const std::vector<double>& values, std::size_t roi, std::size_t n) {
        return to_json_array(std::span(values).subspan(roi * n, n));
    };
    const std::size_t n = lists[0].frames.size();
    Json out{{"shape", {2, session.rois.size(), n, 2}},
             {"order", "[expected/unexpected][roi][frame][mean, sem]"},
             {"time_values", to_json_array(lists[0].frames.time_s)},
             {"sum", sum_of(traces)}};
    for (std::size_t roi = 0; roi < session.rois.size(); ++roi) {
        out[fmt::format("roi{}_expected_mean", roi)] = row(traces[0].mean, roi, n);
        out[fmt::format("roi{}_unexpected_mean", roi)] = row(traces[1].mean, roi, n);
        out[fmt::format("roi{}_expected_sem", roi)] = row(traces[0].sem, roi, n);
        out[fmt::format("roi{}_unexpected_sem", roi)] = row(traces[1].sem, roi, n);
    }
    return out;
}

double last_third_sum(const OpenScopeCaseSession& session) {
    auto criteria = gabor_criteria();
    criteria.segment = numerics::thirds(numerics::require_segments(session.table, criteria)).back();
    return sum_of(traces_of(session, session.split(criteria, Split::by_exp, {0.9, 0.6})));
}

Json responses_of(const OpenScopeCaseSession& session, const numerics::SegmentCriteria& criteria,
                  bool is_unexpected, double post_s) {
    return to_json_array(
        openscope_responses(session, session.rois, criteria, is_unexpected, post_s));
}

Json gabor_responses_of(const OpenScopeCaseSession& session) {
    Json out;
    for (int frame = 0; frame < 5; ++frame)
        out[fmt::format("exp_{}", frame)] =
            responses_of(session, gabor_criteria(frame), false, 0.3);
    for (int frame = 3; frame < 5; ++frame)
        out[fmt::format("unexp_{}", frame)] =
            responses_of(session, gabor_criteria(frame), true, 0.3);
    return out;
}

/// @throws tb::Error (data, MissingDataset) for a session whose pupil was not followed
const std::vector<double>& pupil_mm(const OpenScopeCaseSession& session) {
    if (!session.file.pupil) {
        throw Error(ErrorKind::data, fmt::format("session {}: no pupil", session.sessid), {},
                    "MissingDataset");
    }
    return session.file.pupil->diameter_mm;
}

/// [regular, unexpected] means. @throws tb::Error as block_data
Json block_means(const OpenScopeCaseSession& session, std::span<const double> series,
                 FrameClock clock) {
    const auto lists = session.split(gabor_criteria(), Split::by_exp, {0.0, 0.6}, clock);
    const auto data = numerics::block_data(series, lists);
    return {to_json_array(data.regular), to_json_array(data.unexpected)};
}

Json session_values(const OpenScopeCaseSession& session, std::uint32_t seed,
                    const std::string& path, Run& run) {
    Json out;
    out["stim_fps"] = session.rates.stim_hz;
    out["twop_fps"] = session.rates.twop_hz;
    out["tot_stim_fr"] = session.recorded.stim;
    out["tot_twop_fr"] = session.recorded.twop;
    out["nrois"] = session.rois.size();
    out["tracked_rois"] = session.tracked;
    out["gabor_blocks"] = blocks_of(session.table, numerics::Stimulus::gabors);
    out["visflow_blocks"] = blocks_of(session.table, numerics::Stimulus::visflow);
    out["roi_scale"] = {{"sub_median", session.scaling.subtract},
                        {"div_p5_p95", session.scaling.divide}};
    out["segs"] = segments_of(session.table);
    const auto running = numerics::clean_running(session.file.running_cm_s);
    out["run"] = running_of(running);
    out["pupil"] = pupil_of(numerics::pupil_pixels(pupil_mm(session)));
    const auto frames =
        numerics::frame_conversion(session.file.stim_frame_time_s, session.file.twop_frame_time_s);
    out["stim2twop"] = {{"first", to_json_array(std::span(frames.stim_to_twop).first(20))},
                        {"sum", std::accumulate(frames.stim_to_twop.begin(),
                                                frames.stim_to_twop.end(), std::int64_t{0})}};
    const auto masks = openscope::masks_in_memory(session.file);
    const std::size_t n_pixels = masks.size() / session.rois.size();
    out["roi_masks_pixels"] = Json::array();
    out["snr"] = Json::array();
    out["signal_mean"] = Json::array();
    std::vector<float> trace(session.dff().n_frames());
    for (const std::size_t roi : session.rois) {
        const auto mask = std::span(masks).subspan(roi * n_pixels, n_pixels);
        out["roi_masks_pixels"].push_back(std::ranges::count(mask, 1));
        for (std::size_t f = 0; f < trace.size(); ++f)
            trace[f] = session.traces[f * session.rois.size() + roi];
        const auto signal = numerics::signal_to_noise(std::span<const float>(trace));
        out["snr"].push_back(signal.ratio);
        out["signal_mean"].push_back(signal.signal_mean);
    }
    out["roi_corr_mean"] = mean_of(numerics::roi_correlations(session.dff(), session.rois));
    out["gabor_usi"] =
        usi_of(gabor_integrals(session, session.rois), seed, path + "/gabor_usi", run);
    out["visflow_usi"] =
        usi_of(visflow_integrals(session, session.rois), seed, path + "/visflow_usi", run);
    out["gabor_usi_common_oris"] = to_json_array(numerics::selectivity_indices(
        gabor_integrals(session, session.rois, {90.0, 135.0}).responses()));
    out["gabor_trace"] = gabor_trace_of(session);
    out["gabor_trace_last_third_sum"] = last_third_sum(session);
    const auto locked = session.split(visflow_criteria(), Split::unexp_lock, {2.0, 2.0});
    out["visflow_locked_trace"] = {{"shape", {2, session.rois.size(), locked[0].frames.size(), 2}},
                                   {"sum", sum_of(traces_of(session, locked))},
                                   {"n_time", locked[0].frames.size()}};
    const auto onset = session.split({}, Split::stim_onset, {2.0, 2.0});
    const auto onset_values = [&](const numerics::WindowList& list) {
        return numerics::window_values(session.dff(), session.rois, list.references, list.frames,
                                       session.scaling);
    };
    const auto before = onset_values(onset[0]);
    out["stim_onset_shape"] = {before.n_rois, before.n_windows, before.n_samples};
    out["stim_onset_mean"] = {mean_of(before.values), mean_of(onset_values(onset[1]).values)};
    out["gabor_integrated"] = gabor_responses_of(session);
    out["visflow_integrated"] = {{"exp", responses_of(session, visflow_criteria(), false, 1.0)},
                                 {"unexp", responses_of(session, visflow_criteria(), true, 1.0)}};
    return out;
}

/// [regular, unexpected] means of pupil and running. Where the reference refuses the session, the
/// case has its words: for one of them, or for both.
void give_block_data(const OpenScopeCaseSession& session, const std::string& path, Run& run) {
    const auto is_text = [&](const std::string& part) {
        return run.expects(part) && run.expected_value(part).is_string();
    };
    for (const bool is_pupil : {true, false}) {
        const auto part = is_text(path) ? path : path + (is_pupil ? "/pupil" : "/run");
        try {
            const auto means =
                is_pupil ? block_means(session, pupil_mm(session), FrameClock::two_photon)
                         : block_means(session, numerics::clean_running(session.file.running_cm_s),
                                       FrameClock::stimulus);
            if (is_text(part)) {
                run.judge(part, false, "got means, want a refusal");
            } else {
                run.give(part, means);
            }
        } catch (const Error& error) {
            if (error.type() != "StimulusBlocks") throw;
            run.judge(part, is_text(part), std::string("got ") + error.what());
        }
    }
}

void session_pipeline(const Case& input, Run& run) {
    const auto seed = input.input("seed").get<std::uint32_t>();
    const auto sessions = openscope_sessions(input);
    for (const auto& session : sessions) {
        const auto path = "sessions/" + session.sessid;
        give_block_data(session, path + "/block_data", run);
        const Json values = session_values(session, seed, path, run);
        for (const auto& [key, value] : values.items()) run.give(path + "/" + key, value);
    }
    give_openscope_across(sessions, seed, run);
}

const Registration registered_pipeline("openscope.session_pipeline", &session_pipeline);

}  // namespace

}  // namespace tb::vectors
