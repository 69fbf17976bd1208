#include "compute/imaging/openscope/integrated_response_set.hpp"

#include "compute/imaging/openscope/fetched_segments.hpp"
#include "compute/imaging/openscope/relative_responses.hpp"
#include "compute/imaging/openscope/splits.hpp"
#include "compute/imaging/openscope/stored_traces.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

/// A kind of frame: its name, and which segments it is.
struct Kind {
    std::string response;
    SegmentCriteria criteria;
    double window_s = 0.0;
};

std::vector<Kind> kinds_of(const FetchedRows& set) {
    std::vector<Kind> kinds;
    SegmentCriteria gabors;
    if (!set.is_null("gabor_kappa", 0)) gabors.gabor_kappas = {set.numbers("gabor_kappa")[0]};
    for (const auto& [is_unexpected, frame] : {std::pair{false, 0},
                                               {false, 1},
                                               {false, 2},
                                               {false, 3},
                                               {false, 4},
                                               {true, 3},
                                               {true, 4}}) {
        gabors.unexpected = is_unexpected;
        gabors.gabor_frames = gabor_frame_letters(frame);
        kinds.push_back({fmt::format("{}exp_{}", is_unexpected ? "un" : "", frame), gabors,
                         set.numbers("gabor_window_s")[0]});
    }
    SegmentCriteria visflow;
    visflow.stimulus = Stimulus::visflow;
    if (!set.is_null("square_size_px", 0))
        visflow.square_sizes = {set.numbers("square_size_px")[0]};
    for (const bool is_unexpected : {false, true}) {
        visflow.unexpected = is_unexpected;
        kinds.push_back(
            {is_unexpected ? "unexp" : "exp", visflow, set.numbers("visflow_window_s")[0]});
    }
    return kinds;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["set"];
    if (set.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    if (inputs["trace"].empty() || inputs["trace"].is_null("trace_ref", 0))
        return output.nothing_to_compute("the plane has no dF/F");
    const SegmentTable table = segment_table_of(inputs["segments"]);
    const FetchedRows& rois = inputs["rois"];
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < rois.size(); ++i) {
        if (rois.integers("is_bad")[i] == 0) columns.push_back(i);
    }
    if (columns.empty()) return output.nothing_to_compute("the plane has no ROI that is not bad");

    std::optional<StoredTraces> traces;
    for (const Kind& kind : kinds_of(set)) {
        const std::vector<std::size_t> segments = segments_that_meet(table, kind.criteria);
        if (segments.empty()) continue;
        if (!traces) traces.emplace(inputs, "trace", rois.size());
        const SessionRates rates = session_rates(table);
        const WindowList list =
            windows_at(table, segments, {0.0, kind.window_s}, FrameClock::two_photon, rates,
                       {.stim = set.integers("n_stim_frames")[0],
                        .twop = static_cast<std::int64_t>(traces->n_frames()),
                        .pupil = std::nullopt});
        const std::vector<double> responses = traces->visit([&](const auto& of_plane) {
            return integrated_responses(of_plane, columns, list.references, list.frames,
                                        rates.twop_hz, MissingValues::stay);
        });
        const std::string stimulus(to_string(kind.criteria.stimulus));
        output.part("integrated_response")
            .set("stimulus", stimulus)
            .set("response", kind.response)
            .set("n_windows", list.references.size())
            .set("mean_response", group_response(responses).mean);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            output.part("roi_integrated_response")
                .set("stimulus", stimulus)
                .set("response", kind.response)
                .set("roi", rois.integers("roi")[columns[i]])
                .set("mean_response", responses[i]);
        }
    }
    if (!traces)
        return output.nothing_to_compute(
            "the session shows no Gabors and no flow of these settings");
    output.master().set("n_rois", columns.size());
}

}  // namespace

ComputedTable integrated_response_set_table() {
    return {.name = "imaging.integrated_response_set",
            .code_version = 1,
            .fetches = {{"set", compute_sql_text("imaging/openscope/integrated_response_set.sql")},
                        {"segments", compute_sql_text("imaging/openscope/segments.sql")},
                        {"rois", compute_sql_text("imaging/openscope/scaled_rois.sql")},
                        {"trace", compute_sql_text("imaging/openscope/dff_trace.sql")}},
            .compute = compute,
            .keys_per_transaction = 4};
}

}  // namespace tb::compute::imaging::openscope
