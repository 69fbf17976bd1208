#include "compute/imaging/openscope/roi_masks.hpp"

#include "compute/imaging/openscope/pairwise_sum.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

template <class T>
std::vector<std::uint8_t> masks_of(std::span<const T> weights, std::size_t n_pixels,
                                   const MaskRule& rule) {
    if (n_pixels == 0 ? !weights.empty() : weights.size() % n_pixels != 0) {
        throw Error(ErrorKind::data,
                    fmt::format("masks: {} weights, expected a multiple of {} pixels",
                                weights.size(), n_pixels),
                    "Was the whole segmentation read?", "ColumnLength");
    }
    const auto least_weight = static_cast<T>(rule.least_weight);
    std::vector<std::uint8_t> out(weights.size(), 0);
    std::vector<T> kept(n_pixels);
    for (std::size_t begin = 0; begin < weights.size(); begin += n_pixels) {
        for (std::size_t i = 0; i < n_pixels; ++i) {
            const T weight = weights[begin + i];
            kept[i] = weight >= least_weight ? weight : T(0);  // a missing one is none
        }
        if (pairwise_sum<T>(kept) < static_cast<T>(rule.least_sum)) continue;
        for (std::size_t i = 0; i < n_pixels; ++i) out[begin + i] = kept[i] != T(0) ? 1 : 0;
    }
    return out;
}

}  // namespace

std::vector<std::uint8_t> roi_masks(std::span<const double> weights, std::size_t n_pixels,
                                    const MaskRule& rule) {
    return masks_of(weights, n_pixels, rule);
}

std::vector<std::uint8_t> roi_masks(std::span<const float> weights, std::size_t n_pixels,
                                    const MaskRule& rule) {
    return masks_of(weights, n_pixels, rule);
}

std::vector<std::size_t> tracked_rois(std::span<const double> tracking_id) {
    std::vector<std::size_t> rois;
    for (std::size_t i = 0; i < tracking_id.size(); ++i) {
        if (!std::isfinite(tracking_id[i])) continue;
        if (tracking_id[i] != std::floor(tracking_id[i])) {
            throw Error(
                ErrorKind::data,
                fmt::format("roi {}: tracking id {}, expected a whole number", i, tracking_id[i]),
                "Read the session again, or leave tracking out.", "TrackingMismatch");
        }
        rois.push_back(i);
    }
    if (rois.empty()) {
        throw Error(ErrorKind::data,
                    fmt::format("tracking: none of {} ROIs has a tracking id", tracking_id.size()),
                    "Only sessions that were tracked can be compared cell by cell.", "NoTracking");
    }
    std::ranges::sort(rois, {}, [&](std::size_t roi) { return tracking_id[roi]; });
    for (std::size_t i = 1; i < rois.size(); ++i) {
        if (tracking_id[rois[i]] != tracking_id[rois[i - 1]]) continue;
        throw Error(ErrorKind::data,
                    fmt::format("rois {} and {}: both have tracking id {}, expected different ones",
                                rois[i - 1], rois[i], tracking_id[rois[i]]),
                    "Read the session again, or leave tracking out.", "TrackingMismatch");
    }
    return rois;
}

}  // namespace tb::compute::imaging::openscope
