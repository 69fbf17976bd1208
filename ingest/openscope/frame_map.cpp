#include "ingest/openscope/frame_map.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>

namespace tb::openscope {

std::int64_t nearest_frame(std::span<const double> time_s, double at_s) {
    const auto after = std::ranges::lower_bound(time_s, at_s);
    if (after == time_s.begin()) return 0;
    const auto index = static_cast<std::size_t>(after - time_s.begin());
    const bool is_before = after == time_s.end() || at_s - time_s[index - 1] < *after - at_s;
    return static_cast<std::int64_t>(is_before ? index - 1 : index);
}

FrameMaps frame_maps(std::span<const double> stim_time_s, std::span<const double> twop_time_s) {
    FrameMaps maps;
    for (const double at_s : stim_time_s)
        maps.stim_to_twop.push_back(static_cast<double>(nearest_frame(twop_time_s, at_s)));
    for (std::size_t frame = 0; frame < twop_time_s.size(); ++frame) {
        const auto number = static_cast<double>(frame);
        const bool is_outside =
            number < maps.stim_to_twop.front() || number > maps.stim_to_twop.back();
        maps.twop_to_stim.push_back(
            is_outside ? nan : static_cast<double>(nearest_frame(stim_time_s, twop_time_s[frame])));
    }
    return maps;
}

}  // namespace tb::openscope
