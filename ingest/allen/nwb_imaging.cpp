#include "ingest/allen/nwb_imaging.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::allen {

namespace {

constexpr const char* plane_metadata_path = "/general/metadata";
constexpr const char* roi_path = "/processing/ophys/image_segmentation/cell_specimen_table";
constexpr double no_cell = -1.0;
/// Files have the pixel spacing in mm, divided by 10.
constexpr double pixel_um_per_resolution = 10.0 * 1000.0;

struct TraceKind {
    const char* kind;
    const char* path;
};
constexpr std::array trace_kinds{
    TraceKind{"dff", "/processing/ophys/dff/traces"},
    TraceKind{"corrected_fluorescence", "/processing/ophys/corrected_fluorescence/traces"},
    TraceKind{"demixed", "/processing/ophys/demixed_trace/traces"},
    TraceKind{"neuropil", "/processing/ophys/neuropil_trace/traces"},
    TraceKind{"events", "/processing/ophys/event_detection"}};

/// Puts the columns of (frame, column) numbers where their ROIs are, as they pass.
class ColumnsInOrder {
  public:
    /// @param roi_of  of every column its ROI
    ColumnsInOrder(std::vector<std::size_t> roi_of, std::size_t n_rois, double conversion,
                   double offset)
        : roi_of_(std::move(roi_of)),
          row_(roi_of_.size()),
          ordered_(n_rois, nan),
          conversion_(conversion),
          offset_(offset) {}

    void take(std::span<const std::byte> bytes, const LazyArray::Take& give) {
        std::vector<double> out;
        const auto n = bytes.size() / sizeof(double);
        for (std::size_t i = 0; i < n; ++i) {
            std::memcpy(&row_[filled_], bytes.data() + i * sizeof(double), sizeof(double));
            if (++filled_ < row_.size()) continue;
            filled_ = 0;
            for (std::size_t c = 0; c < row_.size(); ++c)
                ordered_[roi_of_[c]] = row_[c] * conversion_ + offset_;
            out.insert(out.end(), ordered_.begin(), ordered_.end());
        }
        if (!out.empty()) give(std::as_bytes(std::span(out)));
    }

  private:
    std::vector<std::size_t> roi_of_;
    std::vector<double> row_, ordered_;
    std::size_t filled_ = 0;
    double conversion_, offset_;
};

class ImagingReader {
  public:
    ImagingReader(const NwbSource& source, ImagingPlane& plane)
        : source_(source), file_(source.file()), plane_(plane) {}

    void read() {
        read_description();
        read_rois();
        read_traces();
        source_.attempt("The masks are left out.", [&] { find_masks(); });
        find_motion();
        find_images();
    }

  private:
    std::optional<double> metadata(const char* name) const {
        return source_.number(plane_metadata_path, name);
    }

    void read_description() {
        plane_.ophys_session_id = source_.integer(plane_metadata_path, "ophys_session_id");
        plane_.ophys_container_id = source_.integer(plane_metadata_path, "ophys_container_id");
        plane_.field_of_view_width = source_.integer(plane_metadata_path, "field_of_view_width");
        plane_.field_of_view_height = source_.integer(plane_metadata_path, "field_of_view_height");
        plane_.imaging_depth_um = metadata("imaging_depth").value_or(nan);
        plane_.targeted_imaging_depth_um = metadata("targeted_imaging_depth").value_or(nan);
        plane_.group_count =
            source_.integer(plane_metadata_path, "imaging_plane_group_count").value_or(0);
        const auto group = source_.integer(plane_metadata_path, "imaging_plane_group");
        if (group && plane_.group_count > 1) plane_.group = group;
        for (const auto& object : file_.objects()) {
            if (object.neurodata_type != "ImagingPlane") continue;
            const auto& path = object.path;
            plane_.name = path.substr(path.rfind('/') + 1);
            plane_.description = source_.text(path, "description").value_or("");
            plane_.targeted_structure = source_.text(path, "location").value_or("");
            plane_.indicator = source_.text(path, "indicator").value_or("");
            plane_.frame_rate_hz = source_.number(path, "imaging_rate").value_or(nan);
            plane_.excitation_lambda_nm = source_.number(path, "excitation_lambda").value_or(nan);
            plane_.emission_lambda_nm =
                source_.number(path + "/channel_1", "emission_lambda").value_or(nan);
            return;
        }
        plane_.frame_rate_hz = plane_.excitation_lambda_nm = plane_.emission_lambda_nm = nan;
    }

    void read_rois() {
        const auto& table = file_.require_table(roi_path);
        auto& rois = plane_.rois;
        rois.count = table.rows;
        rois.cell_roi_id = file_.ids(table);
        if (rois.cell_roi_id.size() != rois.count)
            source_.fail(table.id_path,
                         fmt::format("{} ids for {} ROIs", rois.cell_roi_id.size(), rois.count),
                         "ColumnLength");
        std::set<std::string, std::less<>> known{"image_mask", "pixel_mask", "voxel_mask"};
        const auto read = [&](const char* name, std::vector<double>& values) {
            known.insert(name);
            const auto* column = table.column(name);
            if (column == nullptr) return;
            source_.attempt("This column of the ROIs is left out.", [&] {
                const auto read_values = file_.column(table, name);
                if (read_values.width != 1 || !read_values.ends.empty())
                    source_.fail(column->path, "expected one number an ROI", "ColumnLength");
                values = read_values.numbers();
            });
        };
        read("cell_specimen_id", rois.cell_specimen_id);
        for (double& id : rois.cell_specimen_id)
            if (id == no_cell) id = nan;
        read("x", rois.x);
        read("y", rois.y);
        read("width", rois.width);
        read("height", rois.height);
        read("mask_image_plane", rois.mask_image_plane);
        read("max_correction_up", rois.max_correction_up);
        read("max_correction_down", rois.max_correction_down);
        read("max_correction_left", rois.max_correction_left);
        read("max_correction_right", rois.max_correction_right);
        read("valid_roi", rois.is_valid);
        read_extra(table, known);
    }

    void read_extra(const nwb::Table& table, const std::set<std::string, std::less<>>& known) {
        std::vector<nlohmann::json> rows(table.rows);
        for (const auto& column : table.columns) {
            if (known.contains(column.name) || column.is_ragged() || column.shape.size() > 1 ||
                !(column.type.is_number() || column.type.kind == hdf5::ValueKind::text))
                continue;
            source_.attempt("This column of the ROIs is left out.", [&] {
                const auto values = file_.column(table, column.name);
                for (std::size_t i = 0; i < table.rows; ++i) {
                    if (const auto* texts = values.texts()) {
                        rows[i][column.name] = (*texts)[i];
                    } else if (const auto number = values.numbers()[i]; std::isfinite(number)) {
                        rows[i][column.name] = number;
                    }
                }
            });
        }
        for (const auto& row : rows)
            plane_.rois.extra.push_back(
                row.is_null() ? std::string()
                              : row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }

    /// Of every column its ROI: by the region, or by position in a file without regions that has
    /// as many columns as ROIs.
    std::vector<std::size_t> roi_of_columns(const nwb::Series& series) const {
        auto rows = file_.region_rows(series, series.rois);
        std::vector<bool> seen(plane_.rois.count, false);
        for (const auto row : rows) {
            if (row >= plane_.rois.count)
                source_.fail(series.rois.path,
                             fmt::format("names ROI {} of {}", row, plane_.rois.count),
                             "SliceRange");
            if (seen[row])
                source_.fail(series.rois.path, fmt::format("names ROI {} twice", row),
                             "DuplicateRoi");
            seen[row] = true;
        }
        return rows;
    }

    void read_traces() {
        for (const auto& [kind, path] : trace_kinds) {
            const auto* series = file_.series(path);
            if (series == nullptr) continue;
            source_.attempt("These traces are left out.", [&, kind = kind] {
                const auto rois = roi_of_columns(*series);
                auto times = file_.times(*series);
                if (times.size() != series->samples())
                    source_.fail(
                        series->path,
                        fmt::format("{} frames, but {} times", series->samples(), times.size()),
                        "ColumnLength");
                for (std::size_t i = 0; i < times.size(); ++i)
                    if (!std::isfinite(times[i]) || (i > 0 && times[i] < times[i - 1]))
                        source_.fail(
                            series->path,
                            fmt::format("time {} is {} s, before the one before it", i, times[i]),
                            "TimeOrder");
                if (plane_.frame_time_s.empty()) plane_.frame_time_s = std::move(times);
                if (series->samples() != plane_.frame_time_s.size())
                    source_.fail(series->path,
                                 fmt::format("{} frames, but the plane has {}", series->samples(),
                                             plane_.frame_time_s.size()),
                                 "ColumnLength");
                plane_.traces.push_back(
                    {kind,
                     series->unit == "NA" || series->unit == "N/A" ? std::string() : series->unit,
                     trace(*series, rois)});
                if (std::string_view(kind) == "events") read_event_facts(*series, rois);
            });
        }
        if (plane_.traces.empty() && plane_.rois.count > 0)
            source_.fail("/processing/ophys", "no traces that can be read", "MissingDataset");
        read_fit("r", plane_.rois.neuropil_r);
        read_fit("RMSE", plane_.rois.neuropil_rmse);
    }

    LazyArray trace(const nwb::Series& series, const std::vector<std::size_t>& roi_of) const {
        LazyArray array{{series.samples(), plane_.rois.count}, "float64", {}};
        bool is_in_order = roi_of.size() == plane_.rois.count;
        for (std::size_t i = 0; i < roi_of.size(); ++i) is_in_order = is_in_order && roi_of[i] == i;
        if (is_in_order && series.conversion == 1.0 && series.offset == 0.0)
            return source_.lazy(series.data_path, array.shape, "float64");
        array.read = [file = source_.shared(), series, roi_of,
                      n = plane_.rois.count](const LazyArray::Take& give) {
            ColumnsInOrder columns(roi_of, n, series.conversion, series.offset);
            if (roi_of.empty()) return;
            file->stream(series, 0, series.samples(), "float64",
                         [&](const hdf5::Block& block) { columns.take(block.bytes, give); });
        };
        return array;
    }

    /// One number an ROI, in the order of a region.
    std::vector<double> by_roi(const std::string& path, const std::vector<double>& values,
                               const std::vector<std::size_t>& roi_of) const {
        if (values.size() != roi_of.size())
            source_.fail(path, fmt::format("{} values for {} ROIs", values.size(), roi_of.size()),
                         "ColumnLength");
        std::vector<double> ordered(plane_.rois.count, nan);
        for (std::size_t i = 0; i < roi_of.size(); ++i) ordered[roi_of[i]] = values[i];
        return ordered;
    }

    void read_event_facts(const nwb::Series& series, const std::vector<std::size_t>& roi_of) {
        for (const auto& extra : series.extras) {
            auto* const values = extra.name == "lambdas"      ? &plane_.rois.event_lambda
                                 : extra.name == "noise_stds" ? &plane_.rois.event_noise_std
                                                              : nullptr;
            if (values == nullptr) continue;
            source_.attempt("This column of the ROIs is left out.", [&] {
                *values = by_roi(extra.path, file_.hdf5().read_reals(extra.path), roi_of);
            });
        }
    }

    void read_fit(const char* name, std::vector<double>& values) {
        const auto path = fmt::format("/processing/ophys/corrected_fluorescence/{}", name);
        const auto* series = file_.series(path);
        if (series == nullptr) return;
        source_.attempt("This column of the ROIs is left out.", [&] {
            if (series->rois.path.empty())
                source_.fail(path, "no ROIs are named", "MissingDataset");
            std::vector<std::size_t> rows;
            for (const auto row : file_.hdf5().read_integers(series->rois.path)) {
                if (row < 0 || static_cast<std::size_t>(row) >= plane_.rois.count)
                    source_.fail(series->rois.path,
                                 fmt::format("names ROI {} of {}", row, plane_.rois.count),
                                 "SliceRange");
                rows.push_back(static_cast<std::size_t>(row));
            }
            values = by_roi(path, file_.hdf5().read_reals(series->data_path), rows);
        });
    }

    void find_masks() {
        const auto& table = file_.require_table(roi_path);
        const auto* column = table.column("image_mask");
        if (column == nullptr) return;
        if (column->shape.size() != 3 || column->shape[0] != plane_.rois.count)
            source_.fail(column->path,
                         fmt::format("no picture for each of the {} ROIs", plane_.rois.count),
                         "ColumnLength");
        plane_.masks = source_.lazy(column->path, column->shape, "uint8");
    }

    void find_motion() {
        for (const auto& [name, array] :
             {std::pair{"x", &plane_.motion_x}, std::pair{"y", &plane_.motion_y}}) {
            const auto path = fmt::format("/processing/ophys/ophys_motion_correction_{}", name);
            const auto* series = file_.series(path);
            if (series == nullptr) continue;
            source_.attempt("This motion correction is left out.", [&, array = array] {
                if (series->shape.size() != 1 || series->samples() != plane_.frame_time_s.size())
                    source_.fail(path,
                                 fmt::format("{} frames, but the plane has {}", series->samples(),
                                             plane_.frame_time_s.size()),
                                 "ColumnLength");
                *array = source_.lazy(series->data_path, series->shape,
                                      std::string(hdf5::array_dtype(series->type)));
            });
        }
    }

    void find_images() {
        for (const auto& image : file_.images()) {
            const auto name = image.path.substr(image.path.rfind('/') + 1);
            if (!image.path.starts_with("/processing/ophys/images/") || image.shape.size() != 2 ||
                (name != "max_projection" && name != "average_image" &&
                 name != "segmentation_mask_image"))
                continue;
            plane_.images.push_back(
                {name, image.resolution ? *image.resolution * pixel_um_per_resolution : nan,
                 source_.lazy(image.path, image.shape,
                              std::string(hdf5::array_dtype(image.type)))});
        }
    }

    const NwbSource& source_;
    const nwb::NwbFile& file_;
    ImagingPlane& plane_;
};

}  // namespace

void read_nwb_imaging(const NwbSource& source) {
    const auto experiment = source.integer(plane_metadata_path, "ophys_experiment_id");
    if (!experiment) return;
    ImagingPlane plane;
    plane.number = *experiment;
    ImagingReader(source, plane).read();
    source.session().plane = std::move(plane);
}

}  // namespace tb::allen
