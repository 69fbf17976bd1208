#include "ingest/simulated/nwb_parts.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

namespace tb::simulated {

void write_values(NwbWriter& file, const std::string& path, const NwbValues& values,
                  const Shape& shape) {
    std::visit(
        [&](const auto& some) {
            using Value = typename std::decay_t<decltype(some)>::value_type;
            if constexpr (std::is_same_v<Value, double>) {
                file.reals(path, some, shape);
            } else if constexpr (std::is_same_v<Value, std::int64_t>) {
                file.integers(path, some, shape);
            } else if constexpr (std::is_same_v<Value, std::uint8_t>) {
                file.booleans(path, some, shape);
            } else {
                file.texts(path, some);
            }
        },
        values);
}

void write_series_group(NwbWriter& file, const std::string& path, const SeriesKind& kind) {
    file.object(path, kind.neurodata_type, kind.name_space);
    file.attribute(path, "comments", "no comments");
    file.attribute(path, "description", kind.description);
}

void describe_data(NwbWriter& file, const std::string& path, const std::string& unit) {
    file.attribute(path, "conversion", 1.0);
    file.attribute(path, "offset", 0.0);
    file.attribute(path, "resolution", -1.0);
    file.attribute(path, "unit", unit);
}

void write_timestamps(NwbWriter& file, const std::string& path, std::span<const double> time_s) {
    file.reals(path, time_s);
    file.attribute(path, "interval", std::int64_t{1});
    file.attribute(path, "unit", "seconds");
}

void write_series(NwbWriter& file, const std::string& path, const SeriesKind& kind,
                  const NwbValues& values, std::span<const double> time_s, const Shape& shape) {
    write_series_group(file, path, kind);
    write_values(file, path + "/data", values, shape);
    describe_data(file, path + "/data", kind.unit);
    write_timestamps(file, path + "/timestamps", time_s);
}

IntervalsWriter::IntervalsWriter(NwbWriter& file, std::string path, std::string description,
                                 std::size_t rows)
    : file_(file), path_(std::move(path)), rows_(rows) {
    file_.object(path_, "TimeIntervals");
    file_.attribute(path_, "description", description);
    std::vector<std::int64_t> ids(rows);
    std::iota(ids.begin(), ids.end(), 0);
    file_.integers(path_ + "/id", ids);
    file_.type(path_ + "/id", "ElementIdentifiers");
}

void IntervalsWriter::add(const std::string& name, NwbValues values,
                          const std::string& description) {
    const auto column = path_ + "/" + name;
    write_values(file_, column, values);
    file_.type(column, "VectorData");
    file_.attribute(column, "description", description);
    names_.push_back(name);
}

void IntervalsWriter::add(const std::string& name, const RaggedNumbers& values,
                          const std::string& description) {
    if (values.values.empty()) {
        add(name, std::vector<std::string>{""}, description);
    } else {
        add(name, values.values, description);
    }
    index(name, std::vector<std::uint64_t>(values.end.begin(), values.end.end()));
}

void IntervalsWriter::index(const std::string& name, std::span<const std::uint64_t> ends) {
    const auto column = path_ + "/" + name;
    file_.index(column + "_index", ends);
    file_.type(column + "_index", "VectorIndex");
    file_.attribute(column + "_index", "description", "Index for VectorData '" + name + "'");
    file_.reference(column + "_index", "target", column);
}

void IntervalsWriter::add_series_parts(std::span<const double> start_s,
                                       std::span<const double> stop_s,
                                       std::span<const double> series_time_s,
                                       const std::string& series) {
    std::vector<std::uint64_t> ends(rows_);
    std::iota(ends.begin(), ends.end(), 1);
    add("tags", std::vector<std::string>(rows_, "stimulus_time_interval"), "user-defined tags");
    index("tags", ends);
    std::vector<SeriesPart> parts;
    parts.reserve(rows_);
    const auto place = [&](double time) {
        return static_cast<std::int32_t>(std::ranges::lower_bound(series_time_s, time) -
                                         series_time_s.begin());
    };
    for (std::size_t i = 0; i < rows_; ++i)
        parts.push_back({place(start_s[i]), place(stop_s[i]) - place(start_s[i])});
    const auto column = path_ + "/timeseries";
    file_.series_parts(column, parts, series);
    file_.type(column, "TimeSeriesReferenceVectorData", "core");
    file_.attribute(column, "description", "index into a TimeSeries object");
    names_.emplace_back("timeseries");
    index("timeseries", ends);
}

void IntervalsWriter::finish() {
    file_.attribute(path_, "colnames", names_);
}

}  // namespace tb::simulated
