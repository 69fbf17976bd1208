// NWB files of any origin as sessions: the common core, tables of intervals and events, series.
#pragma once

#include "ingest/load/session_source.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tb::load {

struct NwbOptions {
    /// Of files that name none; a file that names another lab keeps its own. Empty: `unnamed`
    std::string lab;
    std::string source = "nwb";    ///< part of the sessions' identity; simulated files say so
    bool is_source_asked = false;  ///< refuse simulated files where another source is named
};

/// Reads files, and the .nwb files below folders. A file of the Allen Institute's projects is
/// refused (OtherSource): it has more to it.
[[nodiscard]] std::unique_ptr<SessionSource> nwb_source(std::vector<std::filesystem::path> places,
                                                        NwbOptions options);

}  // namespace tb::load
