// One session as one HDF5 file, `<eid>.h5`, laid out as the photometry pipeline's Python package
// reads it. Values in, file out, and back. Source: spec/photometry.md, 16.
#pragma once

#include "trialbase/array.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tb::store {

/// What a session's file holds. Groups are read and written independently; an absent one is empty
/// here.
struct SessionFile {
    /// A scalar attribute; monostate is null, which files keep as the text `__none__`.
    using Scalar = std::variant<std::monostate, std::int64_t, double, std::string>;
    /// A column of a table: numbers, or text (in files of fixed length).
    using Column = std::variant<Array, std::vector<std::string>>;
    using Table = std::map<std::string, Column>;

    struct Metadata {
        std::map<std::string, Scalar> scalars;                  ///< eid, subject, start_time, ...
        std::map<std::string, std::vector<std::string>> lists;  ///< brain_region, target_NM, ...
        friend bool operator==(const Metadata&, const Metadata&) = default;
    };
    struct LoggedError {
        std::string eid, type, message, traceback;
        friend bool operator==(const LoggedError&, const LoggedError&) = default;
    };
    struct Preprocessed {
        Scalar fs;                   ///< [Hz]
        std::vector<double> times;   ///< shape (n) [s, session clock]
        std::vector<double> signal;  ///< shape (n)
    };
    struct Responses {
        Scalar fs;                            ///< [Hz]
        Array window;                         ///< two numbers around the event [s]
        std::vector<double> times;            ///< shape (W), around the event [s]
        std::vector<std::int64_t> trials;     ///< shape (T), from 0
        std::map<std::string, Array> events;  ///< by event, shape (T, W)
    };
    struct Region {
        std::optional<Preprocessed> preprocessed;
        std::optional<Responses> responses;
        Table qc;  ///< one row per band
    };
    struct Wheel {
        Scalar fs;  ///< [Hz]
        std::string t0_event, t1_event;
        Array velocity;  ///< shape (T, W) [rad/s]
    };

    std::optional<Metadata> metadata;
    /// Present and empty: checked, and nothing was logged.
    std::optional<std::vector<LoggedError>> errors;
    std::map<std::string, Region> photometry;  ///< by brain region
    Table trials;
    std::optional<Wheel> wheel;
};

/// Reads every group that is there; unknown ones (video) are left out.
/// @throws tb::Error (not_found) when there is no file; (data, type DamagedSessionFile) when it is
/// none, or a group is not as the layout says; (data, type ValueError) when it has no metadata
/// (spec/photometry.md, 19)
[[nodiscard]] SessionFile read_session_file(const std::filesystem::path& path);

/// Writes the file aside and renames it: whoever opens it sees the old one or the new one whole.
/// @throws tb::Error (io)
void write_session_file(const std::filesystem::path& path, const SessionFile& session);

/// As write_session_file; but of a file that is there, what `session` does not hold stays: its
/// other groups (video with labels given by hand), and logged errors, merged with those of
/// `session`.
/// @throws tb::Error (data) as read_session_file when the file that is there cannot be read;
/// (data, type DamagedSessionFile) when it is of another session. It stays as it is then
void update_session_file(const std::filesystem::path& path, const SessionFile& session);

/// Errors of two files or runs as one list, in order, the first of each (eid, type, message) kept.
[[nodiscard]] std::vector<SessionFile::LoggedError> merged_errors(
    const std::vector<SessionFile::LoggedError>& first,
    const std::vector<SessionFile::LoggedError>& then);

}  // namespace tb::store
