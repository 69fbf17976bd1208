#include "ingest/photometry/session_photometry.hpp"

#include "ingest/formats/bytes.hpp"
#include "ingest/formats/parquet.hpp"
#include "ingest/photometry/description.hpp"
#include "ingest/photometry/digital_inputs.hpp"
#include "ingest/photometry/frames.hpp"
#include "ingest/photometry/text_table.hpp"
#include "src/signal/holes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

/// Tables for analysis, of traces cut around events: no recording can be had from them.
void refuse_traces_of_trials(const formats::Table& table, const std::string& path) {
    const auto n_samples = std::ranges::count_if(
        table.columns, [](const auto& column) { return column.name.starts_with("photometry."); });
    if (n_samples < 2) return;
    throw Error(ErrorKind::data,
                fmt::format("{}: {} traces of {} samples that were cut around events already, "
                            "without times of frames or of events",
                            path, table.rows, n_samples),
                "Ingest the recordings that they were cut from.", "MissingRawData");
}

formats::Table table_of(const PhotometryFile& file, std::vector<PhotometryNote>& notes) {
    if (file.path.ends_with(".csv")) {
        auto read = read_text_table(formats::as_text(file.bytes), file.path);
        if (read.cut_row) notes.push_back({"CutRow", file.path, *read.cut_row});
        return std::move(read.table);
    }
    if (file.path.ends_with(".pqt")) return formats::parse_parquet(file.bytes, file.path).table;
    throw Error(ErrorKind::data, file.path + ": neither .csv nor .pqt", {}, "ValueError");
}

/// What `read` makes of the file's table; its errors name the file.
template <class Read>
auto read_from(const PhotometryFile& file, std::vector<PhotometryNote>& notes, const Read& read) {
    const auto table = table_of(file, notes);
    try {
        return read(table);
    } catch (const Error& error) {
        if (std::string_view(error.what()).find(file.path) != std::string_view::npos) throw;
        throw Error(error.kind(), fmt::format("{}: {}", file.path, error.what()), error.hint(),
                    error.type());
    }
}

struct Location {
    std::string column;
    std::string brain_region;
};

std::vector<Location> locations_of(const PhotometryFile& file, std::vector<PhotometryNote>& notes) {
    const auto table = table_of(file, notes);
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

/// Recordings of the data columns, named by the locations table.
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

/// Recordings in the order in which the session lists their regions, and the columns with them.
void order_as_listed(std::vector<PhotometryRecording>& recordings, FrameTable& frames,
                     const std::vector<std::string>& regions) {
    const auto place = [&](std::size_t i) {
        return std::ranges::find(regions, recordings[i].brain_region) - regions.begin();
    };
    std::vector<std::size_t> order(recordings.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, place);
    std::vector<PhotometryRecording> ordered;
    FrameTable columns;
    for (const auto i : order) {
        ordered.push_back(std::move(recordings[i]));
        columns.columns.push_back(std::move(frames.columns[i]));
        columns.values.push_back(std::move(frames.values[i]));
    }
    recordings = std::move(ordered);
    frames.columns = std::move(columns.columns);
    frames.values = std::move(columns.values);
}

/// Raw frames onto the session's clock, where that can be done; a note in any case.
void align(PhotometrySession& session, const std::string& path, const ControllerTimes* controller,
           std::vector<PhotometryNote>& notes) {
    std::string why = "they lie in no session with trials";
    const auto fit =
        controller == nullptr ? std::nullopt : align_to_session(session, *controller, &why);
    if (!fit) {
        notes.push_back({"NotAligned", path,
                         "raw frames carry no session clock, and " + why +
                             ": their times are the acquisition's, and responses to trials cannot "
                             "be computed"});
        return;
    }
    const bool is_doubtful = std::abs(fit->drift_ppm) > drift_warning_ppm;
    notes.push_back(
        {is_doubtful ? "ClockDrift" : "Aligned", path,
         fmt::format("times of raw frames were put onto the session's clock by {} of {} pulses; "
                     "drift {:.2f} ppm{}, residual {:.1f} ms",
                     fit->n_matched, fit->n_times, fit->drift_ppm,
                     is_doubtful ? fmt::format(" (more than {:.0f})", drift_warning_ppm) : "",
                     fit->residual_s * 1e3)});
}

/// A recording without any sample is none.
void require_frames(const PhotometrySession& session, const FrameTable& frames,
                    const std::string& path) {
    if (!session.bands.empty()) return;
    const auto n_frames = frames.times_s.size() + frames.n_dropped;
    std::string what = "no frame";
    if (n_frames > 0) {
        what = fmt::format("{} frames, but none of a band", n_frames);
        for (const auto& [led, count] : frames_without_band(frames))
            what += fmt::format(", {} of {}", count, led);
    }
    throw Error(ErrorKind::data, fmt::format("{}: the recording has {}", path, what),
                "Was the acquisition stopped before it began? Copy the whole file again.",
                "MissingRawData");
}

/// What was found in the frames and is not in the bands, or is not there at all.
void remark_on(const FrameTable& frames, const std::string& path,
               std::vector<PhotometryNote>& notes) {
    if (!frames.other_columns.empty()) {
        notes.push_back(
            {"UnusedColumn", path,
             fmt::format("columns of numbers that are no fibres (Region..., or G or R and a "
                         "number) were left out: {}",
                         fmt::join(frames.other_columns, ", "))});
    }
    std::size_t outside = 0;
    std::string states;
    for (const auto& [led, count] : frames_without_band(frames)) {
        outside += count;
        states += fmt::format("{}{} {}", states.empty() ? "" : ", ", count, led);
    }
    if (outside > 0) {
        notes.push_back({"FramesWithoutBand", path,
                         fmt::format("{} of {} frames belong to no band by their LEDs: {}", outside,
                                     frames.led.size(), states)});
    }
    const auto missing = signal::missing_samples(frames.times_s);
    if (missing == 0 && frames.n_skipped.value_or(0) == 0) return;
    std::string text = fmt::format("{} frames are missing by the times", missing);
    if (frames.n_skipped) text += fmt::format(", {} by the counter", *frames.n_skipped);
    const auto holes = signal::holes(frames.times_s, 1.5);
    if (!holes.empty()) {
        const auto longest = std::ranges::max(
            holes, {}, [](const signal::Hole& hole) { return hole.until_s - hole.after_s; });
        text += fmt::format("; {} holes, the longest from {:.2f} to {:.2f} s of the file's clock",
                            holes.size(), longest.after_s, longest.until_s);
    }
    notes.push_back({"MissingFrames", path, text});
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

PhotometryReading read_session_photometry(std::span<const PhotometryFile> files,
                                          const ControllerTimes* controller, double unit_s) {
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
    if (locations_file != nullptr) locations = locations_of(*locations_file, reading.notes);
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
    if (digital != nullptr) {
        session.digital_events = read_from(*digital, reading.notes, [&](const auto& table) {
            return read_digital_inputs(table, unit_s);
        });
    }

    FrameTable frames;
    const auto* const source = signal != nullptr ? signal : raw;
    if (signal != nullptr) {
        frames = read_from(*signal, reading.notes, [&](const formats::Table& table) {
            std::vector<std::string> columns;
            for (const auto& location : locations) {
                if (table.find(location.column) != nullptr) columns.push_back(location.column);
            }
            auto read = read_extracted_frames(table, columns);
            require_plausible_rate(read);
            return read;
        });
    } else if (raw != nullptr) {
        frames = read_from(*raw, reading.notes, [&](const formats::Table& table) {
            refuse_traces_of_trials(table, raw->path);
            auto read = read_raw_frames(table, {.unit_s = unit_s});
            require_plausible_rate(read);
            return read;
        });
        session.file_version = frames.version;
        session.is_on_session_clock = false;
    } else {
        session.is_on_session_clock = false;
    }
    if (!frames.columns.empty()) {
        session.recordings = recordings_of(frames, locations, reading.notes);
        match_regions(session.recordings, session.listed_regions);
        order_as_listed(session.recordings, frames, session.listed_regions);
        session.bands = split_bands(frames);
        require_frames(session, frames, source->path);
        remark_on(frames, source->path, reading.notes);
    }
    session.n_frames = frames.times_s.size() + frames.n_dropped;
    session.n_skipped_frames = frames.n_skipped;
    session.frame_times_s = std::move(frames.times_s);
    session.frame_led = std::move(frames.led);
    if (signal == nullptr && raw != nullptr) align(session, raw->path, controller, reading.notes);
    return reading;
}

}  // namespace tb::photometry
