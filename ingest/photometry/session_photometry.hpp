// The photometry of one session tree: extracted tables where there are any, else raw frames.
// Source: spec/photometry.md, 3.1 (regions), 4.
#pragma once

#include "ingest/photometry/clock_alignment.hpp"
#include "trialbase/photometry_session.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::photometry {

/// What a file of a session is to photometry.
enum class Role { none, signal, locations, raw_frames, digital_inputs, description };
/// By the path within the session (`alf/photometry/photometry.signal.pqt`).
[[nodiscard]] Role role_of(std::string_view path);

struct PhotometryFile {
    Role role = Role::none;
    std::string path;
    std::span<const std::byte> bytes;
};

struct PhotometryNote {
    std::string type;  ///< as core.session_issue names kinds
    std::string path;
    std::string message;
};

struct PhotometryReading {
    std::optional<PhotometrySession> session;  ///< nothing where there is no photometry at all
    std::vector<PhotometryNote> notes;
};

/// Reads the files of one session, at most one of each role (the first counts). The extracted
/// signal wins over raw frames. Columns are renamed by the locations table, then matched with the
/// listed regions (4.5); recordings are in the order of that list. The regions listed are those of
/// the description, or of the locations table where the description is absent or names no fibre.
/// Raw frames alone are put onto the session's clock by the digital inputs (align_to_session), else
/// stay on the rig's; a note tells which (Aligned, ClockDrift beyond 20 ppm, NotAligned).
/// Notes tell what was left out, too: a last row that was not written to its end (CutRow), columns
/// of numbers that are no fibres (UnusedColumn), frames of no band (FramesWithoutBand), frames that
/// the counter or the times lack (MissingFrames).
/// @param controller  pulses that the task may have sent; null: the session has no trials
/// @param unit_s      what one unit of the times of raw frames and digital inputs is [s]
/// @throws tb::Error (data) typed MissingRawData (locations without signal or frames; tables
/// without any frame of a band; a table of traces cut around events), AmbiguousRegionMapping,
/// ValueError (a table that cannot be used, a frame rate that no rig has)
[[nodiscard]] PhotometryReading read_session_photometry(std::span<const PhotometryFile> files,
                                                        const ControllerTimes* controller = nullptr,
                                                        double unit_s = 1.0);

/// Renames the columns that no listed region is named as: each must be the text before the last `-`
/// of exactly one region. @throws tb::Error (data, AmbiguousRegionMapping)
void match_regions(std::vector<PhotometryRecording>& recordings,
                   const std::vector<std::string>& regions);

}  // namespace tb::photometry
