#include "ingest/photometry/session_photometry.hpp"

#include "ingest/formats/bytes.hpp"
#include "ingest/formats/csv.hpp"
#include "ingest/formats/parquet.hpp"
#include "ingest/photometry/description.hpp"
#include "ingest/photometry/digital_inputs.hpp"
#include "ingest/photometry/frames.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

formats::Table table_of(const PhotometryFile& file) {
    if (file.path.ends_with(".csv")) {
        return formats::parse_csv(formats::as_text(file.bytes), file.path);
    }
    if (file.path.ends_with(".pqt")) return formats::parse_parquet(file.bytes, file.path).table;
    throw Error(ErrorKind::data, file.path + ": neither .csv nor .pqt", {}, "ValueError");
}

struct Location {
    std::string column;
    std::string brain_region;
};

std::vector<Location> locations_of(const PhotometryFile& file) {
    const auto table = table_of(file);
    const auto texts = [&](const char* name) -> const std::vector<std::string>& {
        const auto* column = table.find(name);
        const auto* values =
            column == nullptr ? nullptr : std::get_if<std::vector<std::string>>(&column->values);
        if (values == nullptr) {
            throw Error(ErrorKind::data, fmt::format("{}: no text column {}", file.path, name), {},
                        "ValueError");
        }
        return *values;
    };
    const auto& columns = texts("ROI");
    const auto& regions = texts("brain_region");
    std::vector<Location> locations;
    for (std::size_t i = 0; i < columns.size(); ++i) locations.push_back({columns[i], regions[i]});
    return locations;
}

const PhotometryFile* first_of(std::span<const PhotometryFile> files, Role role) {
    const auto found = std::ranges::find(files, role, &PhotometryFile::role);
    return found == files.end() ? nullptr : &*found;
}

/// Recordings of the data columns, named by the locations table; columns that it does not hold are
/// left out where it holds any.
std::vector<PhotometryRecording> recordings_of(const FrameTable& frames,
                                               const std::vector<Location>& locations,
                                               std::vector<PhotometryNote>& notes) {
    std::vector<PhotometryRecording> recordings;
    for (const auto& column : frames.columns) {
        const auto found = std::ranges::find(locations, column, &Location::column);
        const bool is_named = found != locations.end() && !found->brain_region.empty();
        recordings.push_back({column, is_named ? found->brain_region : column});
    }
    std::set<std::string> seen;
    for (const auto& recording : recordings) {
        if (!seen.insert(recording.brain_region).second) {
            throw Error(ErrorKind::data, "two columns are of region " + recording.brain_region, {},
                        "AmbiguousRegionMapping");
        }
    }
    for (const auto& location : locations) {
        if (std::ranges::find(frames.columns, location.column) == frames.columns.end()) {
            notes.push_back({"MissingDataset", "photometryROI.locations",
                             fmt::format("{} ({}) has no column in the signal", location.column,
                                         location.brain_region)});
        }
    }
    return recordings;
}

}  // namespace

Role role_of(std::string_view path) {
    const auto slash = path.rfind('/');
    const auto folder =
        slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
    const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const bool is_alf = folder == "alf/photometry" || folder == "alf";
    if (is_alf && (name == "photometry.signal.pqt" || name == "photometry.signal.csv"))
        return Role::signal;
    if (is_alf && (name == "photometryROI.locations.pqt" || name == "photometryROI.locations.csv"))
        return Role::locations;
    if (folder == "raw_photometry_data" || folder.empty()) {
        if (name == "_neurophotometrics_fpData.raw.pqt" ||
            name == "_neurophotometrics_fpData.raw.csv" || name == "raw_photometry.csv")
            return Role::raw_frames;
        if (name == "_neurophotometrics_fpData.digitalInputs.pqt" ||
            name == "_neurophotometrics_fpData.digitalInputs.csv")
            return Role::digital_inputs;
    }
    if (name == "_ibl_experiment.description.yaml" && folder.empty()) return Role::description;
    return Role::none;
}

void match_regions(std::vector<PhotometryRecording>& recordings,
                   const std::vector<std::string>& regions) {
    if (regions.empty()) return;
    for (auto& recording : recordings) {
        if (std::ranges::find(regions, recording.brain_region) != regions.end()) continue;
        std::string match;
        std::size_t count = 0;
        for (const auto& region : regions) {
            const auto dash = region.rfind('-');
            if (dash == std::string::npos || region.substr(0, dash) != recording.brain_region)
                continue;
            match = region;
            ++count;
        }
        if (count != 1) {
            throw Error(
                ErrorKind::data,
                fmt::format("column {} ({}) fits {} of the session's regions {}", recording.column,
                            recording.brain_region, count, fmt::join(regions, ", ")),
                "Correct the locations table or the experiment description.",
                "AmbiguousRegionMapping");
        }
        recording.brain_region = match;
    }
}

PhotometryReading read_session_photometry(std::span<const PhotometryFile> files) {
    PhotometryReading reading;
    const auto* signal = first_of(files, Role::signal);
    const auto* raw = first_of(files, Role::raw_frames);
    const auto* locations_file = first_of(files, Role::locations);
    const auto* description = first_of(files, Role::description);
    const auto* digital = first_of(files, Role::digital_inputs);
    if (signal == nullptr && raw == nullptr && digital == nullptr) {
        if (locations_file == nullptr) return reading;
        throw Error(ErrorKind::data,
                    "the session lists fibres (photometryROI.locations) but has neither "
                    "photometry.signal nor raw frames",
                    "Copy raw_photometry_data or alf/photometry into the session's folder.",
                    "MissingRawData");
    }
    auto& session = reading.session.emplace();
    std::vector<Location> locations;
    if (locations_file != nullptr) locations = locations_of(*locations_file);
    if (description != nullptr) {
        try {
            session.listed_regions = fiber_locations(formats::as_text(description->bytes));
        } catch (const Error& error) {
            reading.notes.push_back({"UnreadableDataset", description->path, error.what()});
        }
    }
    if (session.listed_regions.empty()) {
        for (const auto& location : locations)
            session.listed_regions.push_back(location.brain_region);
        if (description != nullptr && !locations.empty()) {
            reading.notes.push_back({"MissingDataset", description->path,
                                     "the description names no fibres; the regions are those of "
                                     "photometryROI.locations"});
        }
    }
    if (digital != nullptr) session.digital_events = read_digital_inputs(table_of(*digital));

    FrameTable frames;
    if (signal != nullptr) {
        const auto table = table_of(*signal);
        std::vector<std::string> columns;
        for (const auto& location : locations) {
            if (table.find(location.column) != nullptr) columns.push_back(location.column);
        }
        frames = read_extracted_frames(table, columns);
    } else if (raw != nullptr) {
        frames = read_raw_frames(table_of(*raw));
        session.file_version = frames.version;
        session.is_on_session_clock = false;
        reading.notes.push_back({"NotAligned", raw->path,
                                 "raw frames carry no session clock: their times are the "
                                 "acquisition's, and responses to trials cannot be computed"});
    } else {
        session.is_on_session_clock = false;
    }
    if (!frames.columns.empty()) {
        session.recordings = recordings_of(frames, locations, reading.notes);
        match_regions(session.recordings, session.listed_regions);
        session.bands = split_bands(frames);
    }
    session.n_frames = frames.times_s.size() + frames.n_dropped;
    session.frame_times_s = std::move(frames.times_s);
    session.frame_led = std::move(frames.led);
    return reading;
}

}  // namespace tb::photometry
