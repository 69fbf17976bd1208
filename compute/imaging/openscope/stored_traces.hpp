// Traces of a plane as the array store gives them: in the precision of the file.
#pragma once

#include "compute/imaging/openscope/window_values.hpp"
#include "trialbase/computed_table.hpp"

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Frames by ROIs, float32 or float64.
class StoredTraces {
  public:
    /// Reads the array that column trace_ref of the fetch's only row names.
    /// @throws tb::Error (data, ColumnLength) for an array that is not frames by `n_rois`,
    /// (data, ValueError) for one that is not of floating point, and as Inputs::array
    StoredTraces(const Inputs& inputs, std::string_view fetch, std::size_t n_rois);

    [[nodiscard]] std::size_t n_rois() const noexcept { return array_.shape[1]; }
    [[nodiscard]] std::size_t n_frames() const noexcept { return array_.shape[0]; }
    /// Calls `use` with Traces<float> or Traces<double>.
    auto visit(const auto& use) const {
        if (const auto* values = std::get_if<std::vector<float>>(&array_.values))
            return use(Traces<float>{*values, n_rois()});
        return use(Traces<double>{std::get<std::vector<double>>(array_.values), n_rois()});
    }

  private:
    Array array_;
};

/// One ROI's trace. @param roi  below the number of ROIs
template <std::floating_point T>
[[nodiscard]] std::vector<T> trace_of(const Traces<T>& traces, std::size_t roi) {
    std::vector<T> out(traces.n_frames());
    for (std::size_t frame = 0; frame < out.size(); ++frame)
        out[frame] = traces.values[frame * traces.n_rois + roi];
    return out;
}

}  // namespace tb::compute::imaging::openscope
