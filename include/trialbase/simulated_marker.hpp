// How simulated sessions say that they are: what the simulator writes and readers look for.
#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

namespace tb {

/// A file at the root of what `trialbase simulate` writes; all sessions below it are simulated.
inline constexpr std::string_view simulated_marker = "simulated_by_trialbase.json";
/// A key of each simulated session's task settings, so that single sessions and archives tell, too.
inline constexpr const char* simulated_settings_key = "SIMULATED_BY";
/// Begins general/experiment_description of each simulated NWB file.
inline constexpr std::string_view simulated_description = "SIMULATED_BY trialbase";
/// A column of each simulated project table, and who made a simulated manifest (data_pipeline).
inline constexpr const char* simulated_table_column = "simulated_by";
inline constexpr std::string_view simulated_pipeline = "trialbase simulate";

/// Whether the path or a folder above it holds the mark.
inline bool is_marked_simulated(const std::filesystem::path& path) {
    std::error_code ignored;
    for (auto above = std::filesystem::absolute(path, ignored).lexically_normal();;
         above = above.parent_path()) {
        if (std::filesystem::exists(above / simulated_marker, ignored)) return true;
        if (above == above.parent_path()) return false;
    }
}

}  // namespace tb
