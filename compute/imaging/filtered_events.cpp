#include "compute/imaging/filtered_events.hpp"

#include "compute/change_detection/event_filter.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::imaging {

namespace {

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["params"];
    const FetchedRows& plane = inputs["plane"];
    if (set.empty() || plane.empty()) {
        throw Error(ErrorKind::data, "no parameter row or no plane for " + inputs.key);
    }
    if (plane.is_null("events_ref", 0)) {
        return output.nothing_to_compute("the plane has no detected events");
    }
    const double rate_hz = plane.numbers("frame_rate_hz")[0];
    if (!(rate_hz > 0.0)) {
        return output.nothing_to_compute("the plane's frame rate is not known");
    }
    const auto n_rois = static_cast<std::size_t>(plane.integers("n_rois")[0]);
    const std::vector<double> events = inputs.array("plane", "events_ref").numbers();
    if (n_rois == 0 || events.empty()) {
        return output.nothing_to_compute("the plane has no ROI or no frame");
    }
    if (events.size() % n_rois != 0) {
        throw Error(
            ErrorKind::data,
            fmt::format("{}: events of {} values for {} ROIs", inputs.key, events.size(), n_rois),
            "Load the plane again.", "ColumnLength");
    }
    const std::size_t n_frames = events.size() / n_rois;
    const double scale = set.numbers("scale_s")[0] * rate_hz;
    const auto n_filter = static_cast<std::size_t>(set.integers("n_frames")[0]);
    std::vector<double> filtered(events.size());
    std::vector<double> one(n_frames);
    for (std::size_t roi = 0; roi < n_rois; ++roi) {
        for (std::size_t frame = 0; frame < n_frames; ++frame)
            one[frame] = events[frame * n_rois + roi];
        const std::vector<double> smooth = change_detection::filtered_events(one, scale, n_filter);
        for (std::size_t frame = 0; frame < n_frames; ++frame)
            filtered[frame * n_rois + roi] = smooth[frame];
    }
    output.master()
        .set("n_frames", n_frames)
        .set("n_rois", n_rois)
        .set("scale_frames", scale)
        .set("filtered_events_array_id",
             Value(output.array("filtered_events",
                                Array::matrix(n_frames, n_rois, std::move(filtered)),
                                {.unit = {},
                                 .sampling_rate_hz = rate_hz,
                                 .about = "filtered events: " + inputs.key})));
}

}  // namespace

ComputedTable filtered_events_table() {
    ComputedTable table;
    table.name = "imaging.filtered_events";
    table.code_version = 1;
    table.fetches = {{"plane", compute_sql_text("imaging/filtered_events.sql")},
                     {"params", compute_sql_text("imaging/filtered_events_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 10;
    return table;
}

}  // namespace tb::compute::imaging
