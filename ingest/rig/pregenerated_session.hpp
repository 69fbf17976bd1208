// Sessions drawn beforehand: ephys rigs before version 8 ran one of twelve.
#pragma once

#include "ingest/rig/trial_extraction.hpp"
#include "ingest/rig/version.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace tb::rig {

/// `session_<k>_ephys_pcqs.npy`: one row per trial, columns position, contrast, quiescence, phase,
/// probability of the left side. @throws tb::Error (data) for another shape or more rows than a
/// session can have
[[nodiscard]] PregeneratedSession parse_pregenerated_array(std::span<const std::byte> bytes,
                                                           std::string_view name);

/// All sessions of a Parquet table with the columns session_id, position, contrast,
/// quiescent_period, stim_phase and stim_probability_left, by session_id.
/// @throws tb::Error (data) for a table without one of these, or with too many rows
[[nodiscard]] std::map<std::string, PregeneratedSession> parse_pregenerated_table(
    std::span<const std::byte> bytes, std::string_view name);

/// Where such sessions are looked up: a table, or a folder of arrays. A value; many threads may
/// read it.
class PregeneratedSessions {
  public:
    PregeneratedSessions() = default;
    /// @param path  a .pqt file, or a folder with `session_<k>_ephys_pcqs.npy`, beside some
    /// `session_<k>_stim_phase.npy`
    /// @throws tb::Error (not_found) where there is nothing; (data, io) as the files say
    explicit PregeneratedSessions(const std::filesystem::path& path);

    /// The session of a number; nothing where it is not known. Rigs after 6.4.0 took the phases
    /// from the second file, where there is one.
    [[nodiscard]] const PregeneratedSession* find(const std::string& number,
                                                  RigVersion version) const;

  private:
    std::map<std::string, PregeneratedSession> sessions_;
    std::map<std::string, PregeneratedSession> with_phases_;
};

}  // namespace tb::rig
