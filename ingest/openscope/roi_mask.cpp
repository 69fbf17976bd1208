#include "ingest/openscope/roi_mask.hpp"

#include <algorithm>

namespace tb::openscope {

std::vector<std::uint8_t> roi_mask(std::span<const double> weights) {
    constexpr double least_weight = 0.1;
    constexpr double least_sum = 3.0;
    std::vector<std::uint8_t> mask(weights.size(), 0);
    double sum = 0.0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!(weights[i] >= least_weight)) continue;
        mask[i] = 1;
        sum += weights[i];
    }
    if (sum < least_sum) std::ranges::fill(mask, std::uint8_t{0});
    return mask;
}

}  // namespace tb::openscope
