// The files of one simulated session.
#pragma once

#include "ingest/simulated/photometry.hpp"
#include "ingest/simulated/random.hpp"
#include "ingest/simulated/session_maker.hpp"
#include "ingest/simulated/simulate.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tb::simulated {

/// Datasets that real sessions lack now and then (data/SOURCES.md counts them).
[[nodiscard]] std::string draw_missing(Random& random, bool is_table);

/// @param is_table  trials in one Parquet table
/// @param bytes     grows by what was written
/// @throws tb::Error (io) when a file cannot be written
void write_session(const std::filesystem::path& root, const MadeSession& made, bool is_table,
                   bool has_wheel, SimulatedSession& session, std::uint64_t& bytes);

/// Signals around the session's events, written beside them. @throws as write_session
void write_photometry(const std::filesystem::path& root, const MadeSession& made,
                      const std::vector<Fiber>& fibers, PhotometryFault fault, Random random,
                      SimulatedSession& session, std::uint64_t& bytes);

}  // namespace tb::simulated
