// The imaging plane of a session file.
#include "ingest/openscope/file_source.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include <fmt/format.h>

namespace tb::openscope {
namespace {

constexpr const char* roi_table_path = "/processing/ophys/ImageSegmentation/PlaneSegmentation";
constexpr const char* trace_path = "/processing/ophys/DfOverF/RoiResponseSeries";
constexpr const char* projection_path = "/processing/ophys/PlaneImages/max_projection";

/// Puts the columns of (frame, column) numbers where their ROIs are, as they pass.
template <class Number>
class ByRoi {
  public:
    ByRoi(std::vector<std::size_t> roi_of, double conversion, double offset)
        : roi_of_(std::move(roi_of)),
          row_(roi_of_.size()),
          ordered_(roi_of_.size()),
          conversion_(conversion),
          offset_(offset) {}

    void take(std::span<const std::byte> bytes, const LazyArray::Take& give) {
        std::vector<Number> out;
        for (std::size_t i = 0; i < bytes.size() / sizeof(Number); ++i) {
            std::memcpy(&row_[filled_], bytes.data() + i * sizeof(Number), sizeof(Number));
            if (++filled_ < row_.size()) continue;
            filled_ = 0;
            for (std::size_t c = 0; c < row_.size(); ++c)
                ordered_[roi_of_[c]] = static_cast<Number>(row_[c] * conversion_ + offset_);
            out.insert(out.end(), ordered_.begin(), ordered_.end());
        }
        if (!out.empty()) give(std::as_bytes(std::span(out)));
    }

  private:
    std::vector<std::size_t> roi_of_;
    std::vector<Number> row_, ordered_;
    std::size_t filled_ = 0;
    double conversion_, offset_;
};

template <class Number>
void stream_by_roi(const nwb::NwbFile& file, const nwb::Series& series,
                   const std::vector<std::size_t>& roi_of, const LazyArray::Take& give) {
    ByRoi<Number> columns(roi_of, series.conversion, series.offset);
    file.stream(series, 0, series.samples(),
                sizeof(Number) == sizeof(float) ? "float32" : "float64",
                [&](const hdf5::Block& block) { columns.take(block.bytes, give); });
}

class PlaneReader {
  public:
    explicit PlaneReader(const FileSource& source)
        : source_(source), file_(source.file()), session_(source.session()) {}

    void read() {
        read_description();
        const auto* table = file_.table(roi_table_path);
        if (table == nullptr) source_.fail(roi_table_path, "no table lies there", "MissingDataset");
        session_.n_rois = table->rows;
        session_.roi_id = file_.ids(*table);
        if (session_.roi_id.size() != session_.n_rois)
            source_.fail(table->id_path,
                         fmt::format("{} ids for {} ROIs", session_.roi_id.size(), session_.n_rois),
                         "ColumnLength");
        read_traces();
        source_.attempt("The tracking ids are left out.", [&] { read_tracking(*table); });
        source_.attempt("The projection is left out.", [&] { find_projection(); });
        source_.attempt("The masks are left out.", [&] { find_masks(*table); });
    }

  private:
    void read_description() {
        session_.excitation_lambda_nm = session_.emission_lambda_nm = nan;
        for (const auto& object : file_.objects()) {
            if (object.neurodata_type != "ImagingPlane") continue;
            const auto text = [&](const char* name) {
                const auto field = file_.field(object.path, name);
                return field ? field->text().value_or("") : std::string();
            };
            const auto number = [&](const std::string& path, const char* name) {
                const auto field = file_.field(path, name);
                return field ? field->number().value_or(nan) : nan;
            };
            session_.plane_name = object.path.substr(object.path.rfind('/') + 1);
            session_.plane_description = text("description");
            session_.targeted_structure = text("location");
            session_.indicator = text("indicator");
            session_.excitation_lambda_nm = number(object.path, "excitation_lambda");
            session_.emission_lambda_nm = number(object.path + "/channel_1", "emission_lambda");
            return;
        }
    }

    /// Of every column of the traces its ROI: by the region, by position without one.
    std::vector<std::size_t> roi_of_columns(const nwb::Series& series) const {
        const auto n = session_.n_rois;
        if (series.channels() != n || (!series.rois.path.empty() && series.rois.n != n))
            source_.fail(
                series.rois.path.empty() ? series.path : series.rois.path,
                fmt::format(
                    "{} ROIs are named for {} columns of the traces, the segmentation has {}",
                    series.rois.path.empty() ? series.channels() : series.rois.n, series.channels(),
                    n),
                "FrameCount");
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < n; ++i) rows.push_back(i);
        if (series.rois.path.empty()) return rows;
        rows = file_.region_rows(series, series.rois);
        std::vector<bool> seen(n, false);
        for (const auto row : rows) {
            if (row >= n)
                source_.fail(series.rois.path, fmt::format("names ROI {} of {}", row, n),
                             "SliceRange");
            if (seen[row])
                source_.fail(series.rois.path, fmt::format("names ROI {} twice", row),
                             "DuplicateRoi");
            seen[row] = true;
        }
        return rows;
    }

    void read_traces() {
        const auto& series = file_.require_series(trace_path);
        if (series.data_path.empty()) source_.fail(trace_path, "has no data", "MissingDataset");
        if (series.shape.empty() || series.shape.size() > 2)
            source_.fail(trace_path, "is no matrix of frames and ROIs", "ColumnLength");
        const auto roi_of = roi_of_columns(series);
        const bool is_single = hdf5::array_dtype(series.type) == "float32";
        LazyArray array{{series.samples(), session_.n_rois}, is_single ? "float32" : "float64", {}};
        bool is_in_order = series.conversion == 1.0 && series.offset == 0.0;
        for (std::size_t i = 0; i < roi_of.size(); ++i) is_in_order = is_in_order && roi_of[i] == i;
        array.read = [file = source_.shared(), series, roi_of, is_single, is_in_order,
                      dtype = array.dtype](const LazyArray::Take& give) {
            if (roi_of.empty()) return;
            if (is_in_order) {
                file->stream(series, 0, series.samples(), dtype,
                             [&](const hdf5::Block& block) { give(block.bytes); });
            } else if (is_single) {
                stream_by_roi<float>(*file, series, roi_of, give);
            } else {
                stream_by_roi<double>(*file, series, roi_of, give);
            }
        };
        session_.traces = std::move(array);
    }

    void read_tracking(const nwb::Table& table) {
        const auto* column = table.column("tracking_id");
        if (column == nullptr) return;
        const auto values = file_.column(table, "tracking_id");
        if (values.width != 1 || !values.ends.empty() || values.n_elements != table.rows)
            source_.fail(column->path, "expected one number an ROI", "ColumnLength");
        auto ids = values.numbers();
        std::set<double> seen;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (std::isnan(ids[i])) continue;
            constexpr double most = 9e15;
            if (!(ids[i] >= 0.0 && ids[i] < most) || ids[i] != std::floor(ids[i]))
                source_.fail(column->path, fmt::format("ROI {} has {}, no whole number", i, ids[i]),
                             "TrackingMismatch");
            if (!seen.insert(ids[i]).second)
                source_.fail(column->path, fmt::format("{} is there twice", ids[i]),
                             "TrackingMismatch");
        }
        session_.tracking_id = std::move(ids);
    }

    void find_projection() {
        const auto& images = file_.images();
        const auto found = std::ranges::find(images, projection_path, &nwb::Image::path);
        if (found == images.end())
            source_.fail(projection_path, "no picture lies there", "MissingDataset");
        if (found->shape.size() != 2 || !found->type.is_number())
            source_.fail(projection_path, "is no picture of grey levels", "ValueType");
        LazyArray array{found->shape, "uint8", {}};
        array.read = [file = source_.shared(), path = found->path](const LazyArray::Take& give) {
            file->hdf5().read_blocks(path, "float64", {}, [&](const hdf5::Block& block) {
                std::vector<std::uint8_t> levels;
                for (std::size_t i = 0; i < block.bytes.size() / sizeof(double); ++i) {
                    double level = 0.0;
                    std::memcpy(&level, block.bytes.data() + i * sizeof(double), sizeof(double));
                    if (!(level >= 0.0 && level < 256.0))
                        throw Error(ErrorKind::data,
                                    fmt::format("{}: {}: grey level {} is not within 0 to 255",
                                                file->hdf5().name(), path, level),
                                    {}, "ValueType");
                    levels.push_back(static_cast<std::uint8_t>(level));
                }
                give(std::as_bytes(std::span(levels)));
            });
        };
        session_.max_projection = std::move(array);
    }

    void find_masks(const nwb::Table& table) {
        if (const auto* column = table.column("image_mask");
            column != nullptr && column->shape.size() == 3 && !column->is_ragged()) {
            if (column->shape[0] != session_.n_rois || !column->type.is_number())
                source_.fail(column->path,
                             fmt::format("no picture for each of the {} ROIs", session_.n_rois),
                             "FrameCount");
            session_.roi_weights = source_.lazy(column->path, column->shape, column->type);
            return;
        }
        if (table.column("pixel_mask") == nullptr)
            source_.fail(roi_table_path, "the table has neither image_mask nor pixel_mask",
                         "MissingDataset");
        find_pixel_masks();
    }

    /// Lists of pixels, drawn into pictures of the projection's size.
    void find_pixel_masks() {
        if (!session_.max_projection)
            source_.fail(projection_path,
                         "no picture lies there that tells the size of the field of view",
                         "MissingDataset");
        const auto height = session_.max_projection->shape[0],
                   width = session_.max_projection->shape[1];
        LazyArray array{{session_.n_rois, height, width}, "float32", {}};
        array.read = [file = source_.shared(), height, width](const LazyArray::Take& give) {
            const auto& table = file->require_table(roi_table_path);
            const auto masks = file->masks(table, 0, table.rows);
            for (std::size_t roi = 0; roi < masks.size(); ++roi) {
                std::vector<float> picture(height * width, 0.0F);
                const auto& mask = masks[roi];
                for (std::size_t i = 0; i < mask.x.size(); ++i) {
                    if (mask.x[i] < 0 || mask.y[i] < 0 ||
                        static_cast<std::size_t>(mask.x[i]) >= width ||
                        static_cast<std::size_t>(mask.y[i]) >= height)
                        throw Error(ErrorKind::data,
                                    fmt::format("{}: {}/pixel_mask: ROI {} has pixel ({}, {}), the "
                                                "picture is {} x {}",
                                                file->hdf5().name(), roi_table_path, roi, mask.x[i],
                                                mask.y[i], width, height),
                                    {}, "SliceRange");
                    picture[static_cast<std::size_t>(mask.y[i]) * width +
                            static_cast<std::size_t>(mask.x[i])] =
                        static_cast<float>(mask.weight[i]);
                }
                give(std::as_bytes(std::span(picture)));
            }
        };
        session_.roi_weights = std::move(array);
    }

    const FileSource& source_;
    const nwb::NwbFile& file_;
    OpenScopeSession& session_;
};

}  // namespace

void read_plane(const FileSource& source) {
    PlaneReader(source).read();
}

}  // namespace tb::openscope
