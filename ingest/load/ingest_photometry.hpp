// Photometry that does not lie in a session's tree: single recordings of acquisition programs, and
// the surgeons' table of fibres.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/choice_session.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tb::load {

/// Whose a recording is, where its file does not say.
struct RecordingIdentity {
    std::string source;  ///< ibl, simulated; empty: simulated below a simulated folder, else ibl
    std::string lab;
    std::string subject;  ///< empty: as the file says (.ppd)
    std::string date;     ///< yyyy-mm-dd; empty: as the file says (.ppd)
    std::string number;   ///< empty: time of day (.ppd: 90409 for 09:04:09), else 001
    double unit_s = 1.0;  ///< what one unit of the times of frames and digital inputs is [s]
};

/// What a file or folder given to `ingest photometry` is.
enum class PhotometrySource {
    session_tree,  ///< a folder with sessions, or an archive of them
    recording,     ///< a .ppd, raw frames, or a folder without folders that holds frames
    recordings,    ///< a folder with .ppd somewhere below
    fibers         ///< a table of fibres
};
/// @throws tb::Error (not_found) when it does not exist; (data) when it is none of these
[[nodiscard]] PhotometrySource photometry_source(const std::filesystem::path& path);

/// The .ppd files below a folder, sorted.
[[nodiscard]] std::vector<std::filesystem::path> recordings_below(
    const std::filesystem::path& folder);

/// A recording as a session without trials, on the acquisition's own clock: pyPhotometry .ppd, raw
/// Neurophotometrics frames (.csv, .pqt), or a folder with frames and digital inputs.
/// @throws tb::Error (usage) when lab, subject or date are known from nowhere, or were given and
/// are none; when another source than `simulated` was named for a simulated recording; (data) as
/// the readers, and naming the file when it says a date that does not exist or a subject that is no
/// text
[[nodiscard]] ChoiceSession read_recording(const std::filesystem::path& path,
                                           const RecordingIdentity& identity);

struct FiberImport {
    int fibers = 0;                    ///< rows of photometry.fiber now as the table says
    int changed = 0;                   ///< of these, new or changed ones
    std::vector<std::string> missing;  ///< subjects that the lab does not have
};
/// Fibres from a table with the columns subject and targeted_region (others: spec/photometry.md,
/// 3.7; what is not known goes to `details`). Fibres of a subject are numbered in file order; a
/// subject that the table names gets just its fibres. One transaction; twice changes nothing.
/// @param dry_run  says what would be, writes nothing
/// @throws tb::Error (data, ValueError), before anything is written, for a table without these
/// columns, or with row and column for no subject, no region, text for a number, no date, or bytes
/// that are no UTF-8 text
[[nodiscard]] FiberImport import_fibers(db::Session& session, const std::filesystem::path& csv,
                                        const std::string& lab, bool dry_run = false);

}  // namespace tb::load
