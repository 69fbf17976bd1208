// NWB files of any origin as sessions: the common core, tables of intervals and events, series.
#pragma once

#include "ingest/load/session_source.hpp"
#include "src/db/session.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tb::load {

struct NwbOptions {
    /// Of files that name none; a file that names another lab keeps its own. Empty: the lab that
    /// the session is held in, else `unnamed`
    std::string lab;
    /// For the labs of sessions that are there: one that --lab contradicts is refused
    /// (Contradiction). Empty: nothing is asked
    std::function<db::Session()> connect;
    std::string source = "nwb";    ///< part of the sessions' identity; simulated files say so
    bool is_source_asked = false;  ///< refuse simulated files where another source is named
};

/// Reads files, and the .nwb files below folders. A file of the Allen Institute's projects is
/// refused (OtherSource): it has more to it.
[[nodiscard]] std::unique_ptr<SessionSource> nwb_source(std::vector<std::filesystem::path> places,
                                                        NwbOptions options);

}  // namespace tb::load
