#include "compute/imaging/openscope/block_data.hpp"

#include "compute/imaging/openscope/window_values.hpp"
#include "trialbase/missing.hpp"

#include <array>
#include <cmath>

namespace tb::compute::imaging::openscope {

namespace {

std::vector<double> window_means(std::span<const double> series, const WindowList& list) {
    constexpr std::array<std::size_t, 1> only{0};
    const WindowValues windows =
        window_values(Traces<double>{series, 1}, only, list.references, list.frames);
    std::vector<double> means;
    for (std::size_t w = 0; w < windows.n_windows; ++w) {
        double sum = 0.0;
        double n = 0.0;
        for (const double value : windows.window(0, w)) {
            if (std::isnan(value)) continue;
            sum += value;
            n += 1.0;
        }
        means.push_back(n > 0.0 ? sum / n : nan);
    }
    return means;
}

}  // namespace

BlockData block_data(std::span<const double> series, std::span<const WindowList, 2> split) {
    const SequenceBlocks blocks = sequence_blocks(split[0].references, split[1].references);
    return {stretch_means(window_means(series, split[0]), blocks.regular),
            stretch_means(window_means(series, split[1]), blocks.unexpected)};
}

}  // namespace tb::compute::imaging::openscope
