// ALF/ONE trees and archives as a source of choice sessions.
#pragma once

#include "ingest/load/ingest_run.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace tb::load {

struct AlfOptions {
    /// Lab of trees that name none, and what all sessions must be of: one whose path says another
    /// lab, subject, date or number is a failure.
    std::string lab;
    std::string subject;
    std::string date;
    std::string number;
    std::string source = "ibl";     ///< simulated sessions say so themselves
    bool is_source_asked = false;   ///< refuse simulated sessions where another source is named
    bool keep_every_wheel = false;  ///< keep wheel traces of all sessions, not only of photometry
    /// The caller has other places, too: one that cannot be searched at all is a failure beside
    /// them
    bool is_beside_others = false;
    /// Table or folder of sessions drawn beforehand (rig/pregenerated_session.hpp); empty: none.
    std::filesystem::path pregenerated;
    double frame_unit_s = 1.0;  ///< one unit of the times of raw frames and digital inputs [s]
};

/// Every session below the paths (folders or archives). What is wrong with one of several paths
/// costs that path; find() throws it for the only one.
[[nodiscard]] std::unique_ptr<SessionSource> alf_source(
    std::span<const std::filesystem::path> paths, AlfOptions options);

struct IngestOptions : RunOptions, AlfOptions {};

/// Loads them: ingest_sessions() of alf_source(). @throws as ingest_sessions
IngestSummary ingest_alf(std::span<const std::filesystem::path> paths,
                         const IngestOptions& options);

}  // namespace tb::load
