#include "compute/imaging/openscope/selectivity_set.hpp"

#include "compute/imaging/openscope/fetched_segments.hpp"
#include "compute/imaging/openscope/selectivity.hpp"
#include "compute/imaging/openscope/splits.hpp"
#include "compute/imaging/openscope/stored_traces.hpp"
#include "trialbase/error.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace tb::compute::imaging::openscope {

namespace {

constexpr std::array<double, 2> common_orientations = {90.0, 135.0};
constexpr double low_percentile = 2.5;
constexpr double high_percentile = 97.5;

SegmentCriteria criteria_of(const FetchedRows& set) {
    SegmentCriteria criteria;
    criteria.stimulus = set.texts("stimulus")[0] == "gabors" ? Stimulus::gabors : Stimulus::visflow;
    if (!set.is_null("gabor_frame", 0))
        criteria.gabor_frames =
            gabor_frame_letters(static_cast<int>(set.integers("gabor_frame")[0]));
    if (!set.is_null("gabor_kappa", 0)) criteria.gabor_kappas = {set.numbers("gabor_kappa")[0]};
    if (set.integers("has_common_orientations")[0] != 0)
        criteria.gabor_mean_orientations.assign(common_orientations.begin(),
                                                common_orientations.end());
    if (!set.is_null("square_size_px", 0))
        criteria.square_sizes = {set.numbers("square_size_px")[0]};
    return criteria;
}

/// ROIs that are not bad, and the scaling of all.
struct Rois {
    std::vector<std::size_t> columns;
    std::vector<std::int64_t> numbers;
    RoiScaling scaling;
};

Rois rois_of(const FetchedRows& rows) {
    Rois out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        out.scaling.subtract.push_back(rows.numbers("median")[i]);
        out.scaling.divide.push_back(rows.numbers("percentile_range")[i]);
        if (rows.integers("is_bad")[i] != 0) continue;
        out.columns.push_back(i);
        out.numbers.push_back(rows.integers("roi")[i]);
    }
    return out;
}

/// A trace that never changes has a scale of 0 and no scaled responses: it is told apart, since one
/// NaN among them would be refused for all.
std::vector<std::size_t> with_scale(const Rois& rois) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < rois.columns.size(); ++i) {
        if (rois.scaling.divide[rois.columns[i]] != 0.0) places.push_back(i);
    }
    return places;
}

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["set"];
    if (set.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    if (inputs["trace"].empty() || inputs["trace"].is_null("trace_ref", 0))
        return output.nothing_to_compute("the plane has no dF/F");
    const SegmentTable table = segment_table_of(inputs["segments"]);
    const SegmentCriteria criteria = criteria_of(set);
    if (segments_that_meet(table, criteria).empty()) {
        return output.nothing_to_compute("the session shows no " + set.texts("stimulus")[0] +
                                         " of these settings");
    }
    const Rois rois = rois_of(inputs["rois"]);
    const std::vector<std::size_t> places = with_scale(rois);
    if (places.empty()) return output.nothing_to_compute("the plane has no ROI that can be scaled");
    std::vector<std::size_t> columns;
    for (const std::size_t place : places) columns.push_back(rois.columns[place]);

    const StoredTraces traces(inputs, "trace", inputs["rois"].size());
    const SessionRates rates = session_rates(table);
    const RecordedFrames recorded{.stim = set.integers("n_stim_frames")[0],
                                  .twop = static_cast<std::int64_t>(traces.n_frames()),
                                  .pupil = std::nullopt};
    const Split split = set.texts("split")[0] == "by_exp" ? Split::by_exp : Split::unexp_lock;
    const Window window{set.numbers("pre_s")[0], set.numbers("post_s")[0]};
    const auto lists =
        split_windows(table, criteria, split, window, FrameClock::two_photon, rates, recorded);
    const auto integrals_of = [&](const WindowList& list) {
        return traces.visit([&](const auto& of_plane) {
            return window_integrals(of_plane, columns, list.references, list.frames, rates.twop_hz,
                                    MissingValues::stay, rois.scaling);
        });
    };
    const std::array<std::vector<double>, 2> integrals = {integrals_of(lists[0]),
                                                          integrals_of(lists[1])};
    const SelectivityNull found = selectivity_null(
        {columns.size(), integrals[0], integrals[1]},
        {.n_permutations = static_cast<std::size_t>(set.integers("n_permutations")[0]),
         .source = {.kind = stats::random_kind(set.texts("random_stream")[0]),
                    .seed = static_cast<std::uint32_t>(set.integers("seed")[0])}});

    std::size_t n_positive = 0, n_below = 0, n_above = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto mean_response = [&](std::size_t list) {
            const std::size_t n = lists[list].references.size();
            return mean_of(std::span(integrals[list]).subspan(i * n, n));
        };
        if (found.index[i] > 0.0) ++n_positive;
        if (found.percentile[i] < low_percentile) ++n_below;
        if (found.percentile[i] > high_percentile) ++n_above;
        output.part("roi_selectivity")
            .set("roi", rois.numbers[places[i]])
            .set("usi", found.index[i])
            .set("null_percentile", found.percentile[i])
            .set("regular_mean", mean_response(0))
            .set("unexpected_mean", mean_response(1));
    }
    output.master()
        .set("n_regular", lists[0].references.size())
        .set("n_unexpected", lists[1].references.size())
        .set("n_rois", places.size())
        .set("n_positive", n_positive)
        .set("n_below", n_below)
        .set("n_above", n_above);
}

}  // namespace

ComputedTable selectivity_set_table() {
    return {.name = "imaging.selectivity_set",
            .code_version = 1,
            .fetches = {{"set", compute_sql_text("imaging/openscope/selectivity_set.sql")},
                        {"segments", compute_sql_text("imaging/openscope/segments.sql")},
                        {"rois", compute_sql_text("imaging/openscope/scaled_rois.sql")},
                        {"trace", compute_sql_text("imaging/openscope/dff_trace.sql")}},
            .compute = compute,
            .keys_per_transaction = 4};
}

}  // namespace tb::compute::imaging::openscope
