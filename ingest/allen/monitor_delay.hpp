// How long a monitor takes to show a frame.
#pragma once

#include <optional>
#include <string_view>

namespace tb::allen {

/// Of rigs that were not measured [s].
inline constexpr double default_monitor_delay_s = 0.02115;

/// The measured delay of a rig [s]; nothing for others. Source: spec/change_detection.md,
/// section 7.
/// @param rig  CAM2P.1, MESO.1, ...
[[nodiscard]] std::optional<double> measured_monitor_delay_s(std::string_view rig);

}  // namespace tb::allen
