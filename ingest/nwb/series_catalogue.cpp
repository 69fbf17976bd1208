// Series: where data and times are, what they mean, whether they agree.
#include "ingest/nwb/catalogue.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tb::nwb {

namespace {

constexpr std::array<std::string_view, 12> known_parts{"data",
                                                       "timestamps",
                                                       "times",
                                                       "starting_time",
                                                       "rois",
                                                       "electrodes",
                                                       "external_file",
                                                       "indexed_timeseries",
                                                       "data__bounds",
                                                       "indexed_images",
                                                       "timestamps__bounds",
                                                       "source_timeseries"};

const hdf5::Node* dataset_of(const hdf5::Tree& tree, const hdf5::Node& node,
                             std::string_view name) {
    if (!std::ranges::binary_search(node.children, name)) return nullptr;
    const auto* child = tree.child(node, name);
    return child != nullptr && child->is_dataset() ? child : nullptr;
}

Region region_of(const hdf5::Tree& tree, const hdf5::Node& node, std::string_view name,
                 Consumed& consumed) {
    Region region;
    const auto* rows = dataset_of(tree, node, name);
    if (rows == nullptr) return region;
    consumed.insert(rows->path);
    region.path = rows->path;
    region.n = rows->rows();
    if (const auto* table = rows->attribute("table")) {
        const auto* paths = std::get_if<std::vector<std::string>>(&table->values);
        if (paths != nullptr && paths->size() == 1) {
            const auto* found = tree.resolve(paths->front());
            region.table = found == nullptr ? std::string() : found->path;
        }
    }
    return region;
}

void check_lengths(const hdf5::Tree& tree, Series& series) {
    // Pictures in other files leave an empty data set here.
    const bool is_elsewhere = !series.external_files.empty() && series.samples() == 0;
    if (series.times == Times::timestamps && !series.data_path.empty() && !is_elsewhere &&
        series.n_times != series.samples()) {
        series.problems.push_back(
            {series.path, "ColumnLength",
             fmt::format("{} samples, but {} timestamps", series.samples(), series.n_times)});
    }
    if (series.times == Times::none && !series.data_path.empty()) {
        series.problems.push_back(
            {series.path, "MissingDataset", "neither timestamps nor a starting time with a rate"});
    }
    for (const auto* region : {&series.rois, &series.electrodes}) {
        if (region->path.empty() || series.data_path.empty()) continue;
        const auto channels = series.channels();
        // One value per ROI (r and RMSE of the Allen Institute's traces) instead of one per time.
        const bool is_per_row = series.shape.size() == 1 && region->n == series.shape[0];
        if (region->n != channels && !is_per_row) {
            series.problems.push_back(
                {series.path, "FrameCount",
                 fmt::format("{} columns of data, but its region names {} rows", channels,
                             region->n)});
        }
        if (region->table.empty() || tree.resolve(region->table) == nullptr)
            series.problems.push_back(
                {region->path, "MissingDataset", "the table of its region is not in the file"});
    }
}

}  // namespace

bool looks_like_series(const hdf5::Tree& tree, const hdf5::Node& node) {
    if (!node.is_group()) return false;
    const auto has = [&](std::string_view name) { return dataset_of(tree, node, name) != nullptr; };
    return has("data") || has("timestamps") || has("starting_time") || has("external_file") ||
           (has("times") && !node.text_attribute("neurodata_type").empty());
}

Series describe_series(const hdf5::UntrustedFile& file, const hdf5::Node& node,
                       Consumed& consumed) {
    const auto& tree = file.tree();
    Series series;
    series.path = node.path;
    series.name = node.name();
    series.neurodata_type = node.text_attribute("neurodata_type");
    series.description = node.text_attribute("description");
    series.comments = node.text_attribute("comments");
    consumed.insert(node.path);

    if (const auto* data = dataset_of(tree, node, "data")) {
        consumed.insert(data->path);
        series.data_path = data->path;
        series.type = data->type;
        series.shape = data->shape;
        if (data->is_empty) series.shape = {0};
        series.unit = data->text_attribute("unit");
        series.conversion = number_attribute(*data, "conversion").value_or(1.0);
        series.offset = number_attribute(*data, "offset").value_or(0.0);
        series.resolution = number_attribute(*data, "resolution");
        if (!data->refusal.empty())
            series.problems.push_back({data->path, "ExternalData", data->refusal});
    } else if (std::ranges::binary_search(node.children, "data")) {
        const auto found = tree.find(hdf5::joined(node.path, "data"));
        series.problems.push_back({hdf5::joined(node.path, "data"),
                                   found.leads_out ? "ExternalData" : "MissingDataset",
                                   found.problem.empty() ? "is no data set" : found.problem});
    }
    const auto* times = dataset_of(tree, node, "timestamps");
    if (times == nullptr) times = dataset_of(tree, node, "times");
    if (times != nullptr) {
        consumed.insert(times->path);
        series.times = Times::timestamps;
        series.timestamps_path = times->path;
        series.n_times = times->rows();
        if (!times->refusal.empty())
            series.problems.push_back({times->path, "ExternalData", times->refusal});
    } else if (const auto* start = dataset_of(tree, node, "starting_time")) {
        consumed.insert(start->path);
        const auto rate = number_attribute(*start, "rate");
        try {
            const auto values = file.read_reals(start->path);
            if (values.size() == 1) series.starting_time_s = values.front();
            if (values.size() == 1 && rate && *rate > 0) {
                series.times = Times::rate;
                series.rate_hz = *rate;
            } else {
                series.problems.push_back(
                    {start->path, "MissingDataset",
                     rate ? fmt::format("a rate of {} Hz gives no times", *rate)
                          : "a starting time without a rate"});
            }
        } catch (const Error& error) {
            series.problems.push_back({start->path, error.type(), error.what()});
        }
    }
    series.rois = region_of(tree, node, "rois", consumed);
    series.electrodes = region_of(tree, node, "electrodes", consumed);
    series.has_channel_conversion = dataset_of(tree, node, "channel_conversion") != nullptr;
    if (const auto* external = dataset_of(tree, node, "external_file")) {
        consumed.insert(external->path);
        try {
            series.external_files = file.read_texts(external->path);
        } catch (const Error& error) {
            series.problems.push_back({external->path, error.type(), error.what()});
        }
    }
    if (const auto* indexed = tree.child(node, "indexed_timeseries")) series.target = indexed->path;
    for (const auto& name : node.children) {
        if (std::ranges::find(known_parts, name) != known_parts.end()) continue;
        const auto* child = dataset_of(tree, node, name);
        if (child == nullptr) continue;
        consumed.insert(child->path);
        series.extras.push_back({name, child->path, child->type, child->shape});
    }
    check_lengths(tree, series);
    return series;
}

}  // namespace tb::nwb
