// How simulated sessions say that they are: what the simulator writes and readers look for.
#pragma once

#include <string_view>

namespace tb {

/// A file at the root of what `trialbase simulate` writes; all sessions below it are simulated.
inline constexpr std::string_view simulated_marker = "simulated_by_trialbase.json";
/// A key of each simulated session's task settings, so that single sessions and archives tell, too.
inline constexpr const char* simulated_settings_key = "SIMULATED_BY";

}  // namespace tb
