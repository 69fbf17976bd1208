#include "ingest/simulated/session_files.hpp"

#include "include/trialbase/error.hpp"
#include "include/trialbase/simulated_marker.hpp"
#include "ingest/formats/npy.hpp"
#include "ingest/formats/parquet.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

namespace fs = std::filesystem;

/// Writes files of one session and counts them.
class SessionFolder {
  public:
    SessionFolder(fs::path folder, std::string missing)
        : folder_(std::move(folder)), missing_(std::move(missing)) {}

    /// One dataset of alf/, unless it is the one to be missing.
    void add(std::string_view object, std::string_view attribute, const std::string& content,
             std::string_view extension = "npy") {
        if (object == "_ibl_trials" && attribute == missing_) return;
        write("alf", fmt::format("{}.{}.{}", object, attribute, extension), content);
    }

    void write(const char* collection, const std::string& name, const std::string& content) {
        const auto folder = folder_ / collection;
        std::error_code code;
        fs::create_directories(folder, code);
        const auto file = folder / name;
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        out.close();
        if (!out) {
            throw Error(ErrorKind::io, "cannot write " + file.string(), "Is the disk full?");
        }
        ++files;
        bytes += content.size();
    }

    std::size_t files = 0;
    std::uint64_t bytes = 0;

  private:
    fs::path folder_;
    std::string missing_;
};

std::string vector_bytes(const std::vector<double>& values) {
    return formats::npy_bytes(std::span(values), {values.size()});
}
std::string vector_bytes(const std::vector<std::int64_t>& values) {
    return formats::npy_bytes(std::span(values), {values.size()});
}
std::string flag_bytes(const std::vector<char>& values) {
    const auto flags = std::make_unique<bool[]>(values.size());
    std::transform(values.begin(), values.end(), flags.get(), [](char v) { return v != 0; });
    return formats::npy_bytes_bool(std::span<const bool>(flags.get(), values.size()));
}

std::string pairs_bytes(const std::vector<double>& first, const std::vector<double>& second) {
    std::vector<double> pairs;
    pairs.reserve(2 * first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        pairs.push_back(first[i]);
        pairs.push_back(second[i]);
    }
    return formats::npy_bytes(std::span<const double>(pairs), {first.size(), 2});
}

template <class T>
void add_column(formats::Table& table, const char* name, const std::vector<T>& values) {
    formats::Column column;
    column.name = name;
    column.values = values;
    table.columns.push_back(std::move(column));
    table.rows = values.size();
}

std::string trials_table(const Columns& c) {
    formats::Table table;
    add_column(table, "intervals_0", c.interval_start);
    add_column(table, "intervals_1", c.interval_end);
    add_column(table, "goCue_times", c.go_cue);
    add_column(table, "response_times", c.response);
    add_column(table, "choice", c.choice);
    add_column(table, "stimOn_times", c.stim_on);
    add_column(table, "contrastLeft", c.contrast_left);
    add_column(table, "contrastRight", c.contrast_right);
    add_column(table, "feedback_times", c.feedback);
    add_column(table, "feedbackType", c.feedback_type);
    add_column(table, "rewardVolume", c.reward);
    add_column(table, "probabilityLeft", c.probability_left);
    add_column(table, "firstMovement_times", c.first_movement);
    return formats::parquet_bytes(table);
}

}  // namespace

std::string draw_missing(Random& random, bool is_table) {
    constexpr std::array<const char*, 5> beside{"repNum", "included", "itiDuration",
                                                "goCueTrigger_times", "stimOnTrigger_times"};
    constexpr std::array<const char*, 4> alone{"stimOn_times", "goCue_times", "rewardVolume",
                                               "firstMovement_times"};
    const auto which = random.below(is_table ? beside.size() : beside.size() + alone.size());
    return which < beside.size() ? beside[which] : alone[which - beside.size()];
}

void write_session(const fs::path& root, const MadeSession& made, bool is_table, bool has_wheel,
                   SimulatedSession& session, std::uint64_t& bytes) {
    SessionFolder folder(
        root / session.lab / "Subjects" / session.subject / session.date / session.number,
        session.missing_dataset);
    const auto& c = made.columns;
    const char* trials = "_ibl_trials";
    if (is_table) {
        folder.add(trials, "table", trials_table(c), "pqt");
    } else {
        folder.add(trials, "intervals", pairs_bytes(c.interval_start, c.interval_end));
        folder.add(trials, "goCue_times", vector_bytes(c.go_cue));
        folder.add(trials, "response_times", vector_bytes(c.response));
        folder.add(trials, "choice", vector_bytes(c.choice));
        folder.add(trials, "stimOn_times", vector_bytes(c.stim_on));
        folder.add(trials, "contrastLeft", vector_bytes(c.contrast_left));
        folder.add(trials, "contrastRight", vector_bytes(c.contrast_right));
        folder.add(trials, "feedback_times", vector_bytes(c.feedback));
        folder.add(trials, "feedbackType", vector_bytes(c.feedback_type));
        folder.add(trials, "rewardVolume", vector_bytes(c.reward));
        folder.add(trials, "probabilityLeft", vector_bytes(c.probability_left));
        folder.add(trials, "firstMovement_times", vector_bytes(c.first_movement));
    }
    folder.add(trials, "repNum", vector_bytes(c.repeats));
    folder.add(trials, "included", flag_bytes(c.included));
    folder.add(trials, "itiDuration", vector_bytes(c.iti));
    folder.add(trials, "quiescencePeriod", vector_bytes(c.quiescence));
    folder.add(trials, "stimOff_times", vector_bytes(c.stim_off));
    folder.add(trials, "stimOnTrigger_times", vector_bytes(c.stim_on_trigger));
    folder.add(trials, "goCueTrigger_times", vector_bytes(c.go_cue_trigger));
    if (has_wheel) {
        const auto& wheel = made.wheel;
        folder.add("_ibl_wheel", "position", vector_bytes(wheel.position));
        folder.add("_ibl_wheel", "timestamps", vector_bytes(wheel.time));
        folder.add("_ibl_wheelMoves", "intervals",
                   formats::npy_bytes(std::span<const double>(wheel.move_intervals),
                                      {wheel.move_amplitude.size(), 2}));
        folder.add("_ibl_wheelMoves", "peakAmplitude", vector_bytes(wheel.move_amplitude));
        folder.add("licks", "times", vector_bytes(made.licks));
    }
    folder.write("raw_behavior_data", "_iblrig_taskSettings.raw.json",
                 fmt::format("{{\n  \"{}\": \"trialbase\",\n"
                             "  \"PYBPOD_PROTOCOL\": \"{}\",\n  \"IBLRIG_VERSION\": \"6.6.2\",\n"
                             "  \"SUBJECT_NAME\": \"{}\",\n  \"SUBJECT_WEIGHT\": {:.1f},\n"
                             "  \"SESSION_DATETIME\": \"{}\",\n  \"SESSION_NUMBER\": \"{}\",\n"
                             "  \"PYBPOD_BOARD\": \"_iblrig_{}_behavior_0\",\n"
                             "  \"PYBPOD_CREATOR\": [\"{}\", \"\"],\n"
                             "  \"SESSION_START_DELAY_SEC\": 0\n}}\n",
                             simulated_settings_key,
                             session.task_protocol.substr(0, session.task_protocol.size() - 5),
                             session.subject, session.weight_g, session.start_time, session.number,
                             session.lab, "simulated_user"));
    session.files = folder.files;
    bytes += folder.bytes;
}

void write_photometry(const fs::path& root, const MadeSession& made,
                      const std::vector<Fiber>& fibers, PhotometryFault fault, Random random,
                      SimulatedSession& session, std::uint64_t& bytes) {
    const auto& c = made.columns;
    std::vector<double> signed_contrast(c.choice.size());
    for (std::size_t t = 0; t < signed_contrast.size(); ++t) {
        signed_contrast[t] =
            std::isnan(c.contrast_left[t]) ? c.contrast_right[t] : -c.contrast_left[t];
    }
    const auto photometry = simulate_photometry({.stim_on_s = c.stim_on,
                                                 .first_movement_s = c.first_movement,
                                                 .feedback_s = c.feedback,
                                                 .signed_contrast = signed_contrast,
                                                 .feedback_type = c.feedback_type,
                                                 .start_s = c.interval_start.front(),
                                                 .end_s = c.interval_end.back()},
                                                fibers, fault, random);
    SessionFolder folder(
        root / session.lab / "Subjects" / session.subject / session.date / session.number, "");
    // As the real files are: snappy, names of few values in a dictionary.
    const formats::ParquetOptions options{.codec = "SNAPPY", .dictionary = true, .metadata = {}};
    folder.write("alf/photometry", "photometry.signal.pqt",
                 formats::parquet_bytes(photometry.signal, options));
    folder.write("alf/photometry", "photometryROI.locations.pqt",
                 formats::parquet_bytes(photometry.locations, options));
    folder.write("", "_ibl_experiment.description.yaml", photometry.description);
    session.files += folder.files;
    session.photometry_fault = fault;
    session.responses = photometry.truth;
    session.bleaching_s = photometry.bleaching_s;
    bytes += folder.bytes;
}

}  // namespace tb::simulated
