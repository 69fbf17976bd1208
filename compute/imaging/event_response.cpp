#include "compute/imaging/event_response.hpp"

#include "compute/imaging/aligned_traces.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::imaging {

namespace {

/// Columns of ROIs that count, of a matrix of frames by all ROIs.
std::vector<double> columns_of(const std::vector<double>& all, std::size_t n_all,
                               const std::vector<std::size_t>& chosen) {
    std::vector<double> values;
    values.reserve(all.size() / n_all * chosen.size());
    for (std::size_t row = 0; row + n_all <= all.size(); row += n_all) {
        for (const std::size_t column : chosen) values.push_back(all[row + column]);
    }
    return values;
}

AlignmentWindow window_of(const FetchedRows& set) {
    const auto value = [&](const char* column) { return set.numbers(column)[0]; };
    return {.from_s = value("from_s"),
            .to_s = value("to_s"),
            .rate_hz = value("rate_hz"),
            .baseline_from_s = value("baseline_from_s"),
            .baseline_to_s = value("baseline_to_s"),
            .response_from_s = value("response_from_s"),
            .response_to_s = value("response_to_s")};
}

void add_parts(const AlignedTraces& aligned, const std::vector<std::int64_t>& rois,
               Output& output) {
    for (std::size_t i = 0; i < aligned.time_s.size(); ++i) {
        const MeanAndSem& at = aligned.over_rois[i];
        output.part("event_response_sample")
            .set("sample", i + 1)
            .set("time_s", aligned.time_s[i])
            .set("mean_over_rois", at.mean)
            .set("sem_over_rois", at.sem)
            .set("n_rois", at.n);
    }
    for (std::size_t i = 0; i < rois.size(); ++i) {
        const MeanAndSem& of_roi = aligned.response[i];
        output.part("event_response_roi")
            .set("roi", rois[i])
            .set("row_no", i)
            .set("n_events", of_roi.n)
            .set("mean_response", of_roi.mean)
            .set("sem_response", of_roi.sem);
    }
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["params"];
    const FetchedRows& plane = inputs["plane"];
    if (set.empty() || plane.empty()) {
        throw Error(ErrorKind::data, "no parameter row or no plane for " + inputs.key);
    }
    if (plane.is_null("trace_ref", 0)) {
        return output.nothing_to_compute("the plane has no traces of kind " +
                                         plane.texts("trace_kind")[0]);
    }
    if (plane.is_null("times_ref", 0)) {
        return output.nothing_to_compute("the times of the plane's frames are not kept");
    }
    const auto events = inputs["events"].numbers("start_s");
    if (events.empty()) {
        return output.nothing_to_compute("the session has no " + set.texts("event")[0]);
    }
    const FetchedRows& roi_rows = inputs["rois"];
    std::vector<std::size_t> columns;
    std::vector<std::int64_t> rois;
    for (std::size_t i = 0; i < roi_rows.size(); ++i) {
        if (roi_rows.integers("is_cell")[i] == 0) continue;
        columns.push_back(i);
        rois.push_back(roi_rows.integers("roi")[i]);
    }
    if (rois.empty()) return output.nothing_to_compute("the plane has no valid ROI");

    const std::vector<double> frame_s = inputs.array("plane", "times_ref").numbers();
    const std::vector<double> all = inputs.array("plane", "trace_ref").numbers();
    if (all.size() != frame_s.size() * roi_rows.size()) {
        throw Error(ErrorKind::data,
                    fmt::format("{}: traces of {} values, expected {} frames of {} ROIs",
                                inputs.key, all.size(), frame_s.size(), roi_rows.size()),
                    "Load the plane again.", "ColumnLength");
    }
    const AlignmentWindow window = window_of(set);
    AlignedTraces aligned = aligned_traces(columns_of(all, roi_rows.size(), columns), rois.size(),
                                           frame_s, events, window);
    if (aligned.n_events == 0) {
        return output.nothing_to_compute("the imaging covers no " + set.texts("event")[0]);
    }
    const std::size_t n_samples = aligned.time_s.size();
    const std::string unit = plane.is_null("unit", 0) ? "" : plane.texts("unit")[0];
    add_parts(aligned, rois, output);

    std::vector<double> mean, sem;
    for (const MeanAndSem& at : aligned.over_rois) {
        mean.push_back(at.mean);
        sem.push_back(at.sem);
    }
    // The rate is that of the first axis, which only of the means over ROIs is time.
    const auto keep = [&](const char* name, Array values, const char* what) {
        ArrayMeta meta{.unit = unit, .about = what + (": " + inputs.key)};
        if (values.shape.size() == 1) meta.sampling_rate_hz = window.rate_hz;
        return Value(output.array(name, std::move(values), std::move(meta)));
    };
    output.master()
        .set("n_events", aligned.n_events)
        .set("n_events_outside", aligned.n_events_outside)
        .set("n_rois", rois.size())
        .set("n_samples", n_samples)
        .set("start_s", aligned.time_s.front())
        .set("sampling_rate_hz", window.rate_hz)
        .set("unit", unit.empty() ? Value() : Value(unit))
        .set("roi_mean_array_id",
             keep("roi_mean", Array::matrix(rois.size(), n_samples, std::move(aligned.roi_mean)),
                  "mean over events of each ROI"))
        .set("roi_sem_array_id",
             keep("roi_sem", Array::matrix(rois.size(), n_samples, std::move(aligned.roi_sem)),
                  "its standard error"))
        .set("mean_array_id", keep("mean", Array::vector(std::move(mean)), "mean over ROIs"))
        .set("sem_array_id", keep("sem", Array::vector(std::move(sem)), "its standard error"));
}

}  // namespace

ComputedTable event_response_table() {
    ComputedTable table;
    table.name = "imaging.event_response";
    table.code_version = 2;
    table.fetches = {{"plane", compute_sql_text("imaging/event_response_plane.sql")},
                     {"rois", compute_sql_text("imaging/event_response_rois.sql")},
                     {"events", compute_sql_text("imaging/event_response_events.sql")},
                     {"params", compute_sql_text("imaging/event_response_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 10;
    return table;
}

}  // namespace tb::compute::imaging
