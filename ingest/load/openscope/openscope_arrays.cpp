#include "ingest/load/openscope/openscope_arrays.hpp"

#include "ingest/openscope/roi_mask.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace tb::load {
namespace {

/// Hands over the numbers of some bytes as double.
template <class Number, class Take>
void each_number_of(std::span<const std::byte> bytes, const Take& take) {
    for (std::size_t i = 0; i < bytes.size() / sizeof(Number); ++i) {
        Number value{};
        std::memcpy(&value, bytes.data() + i * sizeof(Number), sizeof(Number));
        take(static_cast<double>(value));
    }
}

template <class Take>
void each_number(std::string_view dtype, std::span<const std::byte> bytes, const Take& take) {
    if (dtype == "float64") return each_number_of<double>(bytes, take);
    if (dtype == "float32") return each_number_of<float>(bytes, take);
    if (dtype == "int64") return each_number_of<std::int64_t>(bytes, take);
    if (dtype == "int32") return each_number_of<std::int32_t>(bytes, take);
    if (dtype == "int16") return each_number_of<std::int16_t>(bytes, take);
    each_number_of<std::uint8_t>(bytes, take);
}

/// Masks of the ROIs as the weights pass, one bit a pixel.
class MaskBits {
  public:
    MaskBits(std::size_t width, std::size_t height, std::vector<WrittenRoi>& rois)
        : width_(width), n_pixels_(width * height), rois_(rois) {
        bits_.reserve(rois.size());
        weights_.reserve(n_pixels_);
    }

    void take(double weight) {
        weights_.push_back(weight);
        if (weights_.size() < n_pixels_) return;
        const auto mask = openscope::roi_mask(weights_);
        std::vector<bool> bits(mask.begin(), mask.end());
        if (bits_.size() < rois_.size()) describe(mask, rois_[bits_.size()]);
        bits_.push_back(std::move(bits));
        weights_.clear();
    }

    void give(const LazyArray::Take& give) const {
        for (const auto& bits : bits_) {
            const std::vector<std::uint8_t> mask(bits.begin(), bits.end());
            give(std::as_bytes(std::span(mask)));
        }
    }

  private:
    void describe(const std::vector<std::uint8_t>& mask, WrittenRoi& roi) const {
        std::size_t left = width_, right = 0, top = n_pixels_, bottom = 0;
        for (std::size_t i = 0; i < mask.size(); ++i) {
            if (mask[i] == 0) continue;
            const auto x = i % width_, y = i / width_;
            left = std::min(left, x);
            right = std::max(right, x);
            top = std::min(top, y);
            bottom = std::max(bottom, y);
            ++roi.n_mask_pixels;
        }
        if (roi.n_mask_pixels == 0) return;
        roi.x = static_cast<std::int64_t>(left);
        roi.y = static_cast<std::int64_t>(top);
        roi.width = static_cast<std::int64_t>(right - left + 1);
        roi.height = static_cast<std::int64_t>(bottom - top + 1);
    }

    std::size_t width_, n_pixels_;
    std::vector<WrittenRoi>& rois_;
    std::vector<double> weights_;
    std::vector<std::vector<bool>> bits_;
};

double mean_rate_hz(const std::vector<double>& time_s) {
    if (time_s.size() < 2 || !(time_s.back() > time_s.front())) return nan;
    return static_cast<double>(time_s.size() - 1) / (time_s.back() - time_s.front());
}

}  // namespace

OpenScopeArrays::OpenScopeArrays(const store::StoreOptions& store, const OpenScopeSession& session,
                                 const std::string& session_id, std::size_t n_bytes) {
    begin(store, "task.openscope_session", session_id, n_bytes);
    const double stim_hz = mean_rate_hz(session.stim_frame_time_s);
    const double twop_hz = mean_rate_hz(session.twop_frame_time_s);
    stim_frame_times = add_numbers("stimulus/frame_times", session.stim_frame_time_s, "s", nan,
                                   "Times of the stimulus frames");
    running = add_numbers("running/speed", session.running_cm_s, "cm/s", stim_hz,
                          "Running speed at the stimulus frames, median filtered");
    twop_frame_times = add_numbers("plane/frame_times", session.twop_frame_time_s, "s", nan,
                                   "Times of the two-photon frames");
    if (session.pupil) {
        pupil_diameter = add_numbers("pupil/diameter", session.pupil->diameter_mm, "mm", twop_hz,
                                     "Diameter of the pupil");
        pupil_x = add_numbers("pupil/x", session.pupil->x_mm, "mm", twop_hz,
                              "Place of the pupil, left to right");
        pupil_y = add_numbers("pupil/y", session.pupil->y_mm, "mm", twop_hz,
                              "Place of the pupil, top to bottom");
    }
    const auto& patches = session.patches;
    for (std::size_t s = 0; s < patches.end.size(); ++s)
        n_patches = std::max(n_patches, patches.of(patches.x, s).size());
    patch_x = add_patches("x", patches, patches.x, "pixel", "from the screen's centre");
    patch_y = add_patches("y", patches, patches.y, "pixel", "from the screen's centre");
    patch_size = add_patches("size", patches, patches.size, "pixel", "edge to edge");
    patch_orientation =
        add_patches("orientation", patches, patches.orientation, "degree", "orientation");
    add_plane(session);
    std::size_t place = 0;
    for (const auto& one : session.templates)
        templates.push_back(add(fmt::format("templates/{}", place++), one.frames,
                                {.unit = "", .about = one.name + ", frames of the stimulus"}));
    publish();
}

std::optional<std::string> OpenScopeArrays::add_numbers(const std::string& name,
                                                        const std::vector<double>& values,
                                                        const char* unit, double rate_hz,
                                                        const std::string& about) {
    if (values.empty()) return std::nullopt;
    const LazyArray array{{values.size()}, "float64", [&values](const LazyArray::Take& take) {
                              take(std::as_bytes(std::span(values)));
                          }};
    return add(name, array, {.unit = unit, .sampling_rate_hz = rate_hz, .about = about});
}

std::optional<std::string> OpenScopeArrays::add_patches(const char* name,
                                                        const OpenScopePatches& patches,
                                                        const std::vector<double>& column,
                                                        const char* unit,
                                                        const std::string& about) {
    if (n_patches == 0 || column.empty()) return std::nullopt;
    const LazyArray array{
        {patches.end.size(), n_patches}, "float64", [&](const LazyArray::Take& take) {
            std::vector<double> row(n_patches);
            for (std::size_t s = 0; s < patches.end.size(); ++s) {
                const auto values = patches.of(column, s);
                std::ranges::fill(row, nan);
                std::ranges::copy(values, row.begin());
                take(std::as_bytes(std::span(row)));
            }
        }};
    return add(fmt::format("patches/{}", name), array,
               {.unit = unit,
                .about = fmt::format("Gabor patches, (segment, patch): {}, {}", name, about)});
}

void OpenScopeArrays::add_plane(const OpenScopeSession& session) {
    rois.resize(session.n_rois);
    std::size_t roi = 0;
    // Read along both axes: one ROI over all frames, all ROIs over some frames.
    traces = add("plane/dff", session.traces,
                 {.unit = "dF/F",
                  .sampling_rate_hz = mean_rate_hz(session.twop_frame_time_s),
                  .about = "dF/F of all ROIs, (frame, ROI)"},
                 true, [&](std::span<const std::byte> bytes) {
                     each_number(session.traces.dtype, bytes, [&](double value) {
                         if (!std::isfinite(value)) ++rois[roi].n_not_finite;
                         if (++roi == rois.size()) roi = 0;
                     });
                 });
    if (session.roi_weights) add_masks(session);
    if (session.max_projection)
        max_projection = add("plane/max_projection", *session.max_projection,
                             {.unit = "", .about = "Maximum projection (row, column)"});
}

void OpenScopeArrays::add_masks(const OpenScopeSession& session) {
    const auto& stored = *session.roi_weights;
    MaskBits bits(stored.shape[2], stored.shape[1], rois);
    weights = add("plane/roi_weights", stored,
                  {.unit = "", .about = "Weights of the ROIs' pixels, (ROI, row, column)"}, false,
                  [&](std::span<const std::byte> bytes) {
                      each_number(stored.dtype, bytes, [&](double weight) { bits.take(weight); });
                  });
    if (!weights) {
        for (auto& roi : rois) roi = {0, 0, 0, 0, 0, roi.n_not_finite};
        return;
    }
    const LazyArray array{stored.shape, "uint8",
                          [&](const LazyArray::Take& take) { bits.give(take); }};
    masks = add("plane/masks", array, {.unit = "", .about = "Masks of the ROIs, 1 within"});
}

const OpenScopeArrays* openscope_arrays_of(const SessionToWrite& one) {
    return dynamic_cast<const OpenScopeArrays*>(one.arrays);
}

}  // namespace tb::load
