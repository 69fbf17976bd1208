#include "ingest/nwb/loadable.hpp"

#include <algorithm>

namespace tb::nwb {

std::string_view loaded_as(const Table& table) {
    if (!table.is_intervals() || !table.problems.empty()) return {};
    return table.path == "/intervals/trials" ? "trials" : "intervals";
}

std::string_view loaded_as(const Series& series) {
    const auto stops = [](const Problem& problem) { return problem.type != "FrameCount"; };
    if (std::ranges::any_of(series.problems, stops) || series.times == Times::none) return {};
    if (!series.external_files.empty() && series.samples() == 0) return {};
    if (series.data_path.empty())
        return series.times == Times::timestamps && series.external_files.empty() ? "events" : "";
    if (series.type.kind == hdf5::ValueKind::text) return "events";
    return series.type.is_number() ? "array" : "";
}

}  // namespace tb::nwb
