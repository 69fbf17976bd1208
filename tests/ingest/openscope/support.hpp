// Where the experiment's real tables and the golden sessions are.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace tb::openscope::test {

inline std::filesystem::path shared_folder() {
    if (const char* set = std::getenv("TRIALBASE_SHARED")) return set;
    return std::filesystem::path(__FILE__).parent_path() / "../../../../shared";
}
/// mouse_df.csv, metadata.csv, roi_tracking/.
inline std::filesystem::path table_folder() {
    return shared_folder() / "data/openscope";
}
/// Three small sessions of one mouse, and their mouse_df.csv.
inline std::filesystem::path golden_folder() {
    return shared_folder() / "vectors/openscope/session_pipeline_three_sessions";
}

}  // namespace tb::openscope::test
