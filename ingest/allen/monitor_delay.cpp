#include "ingest/allen/monitor_delay.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tb::allen {

namespace {

constexpr std::array<std::pair<std::string_view, double>, 7> measured{{{"CAM2P.1", 0.020842},
                                                                       {"CAM2P.2", 0.037566},
                                                                       {"CAM2P.3", 0.021390},
                                                                       {"CAM2P.4", 0.021102},
                                                                       {"CAM2P.5", 0.021192},
                                                                       {"MESO.1", 0.03613},
                                                                       {"MESO.2", 0.03613}}};

}  // namespace

std::optional<double> measured_monitor_delay_s(std::string_view rig) {
    const auto found = std::ranges::find(measured, rig, [](const auto& row) { return row.first; });
    if (found == measured.end()) return std::nullopt;
    return found->second;
}

}  // namespace tb::allen
