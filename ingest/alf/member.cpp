#include "ingest/alf/member.hpp"

#include "include/trialbase/choice_session.hpp"
#include "ingest/alf/session_files.hpp"
#include "ingest/photometry/session_photometry.hpp"

#include <algorithm>

namespace tb::alf {
namespace {

bool is_trial_attribute(std::string_view attribute) {
    if (attribute == "table" || attribute == "intervals") return true;
    return !attribute.empty() && std::ranges::any_of(trial_columns(), [&](const auto& column) {
        return attribute == column.dataset;
    });
}

bool is_trials_dataset(const RelativePathParts& parts) {
    const auto& file = parts.file;
    return file.object == "trials" && is_plain_dataset(parts) &&
           is_trial_attribute(file.attribute) &&
           file.extension == (file.attribute == "table" ? "pqt" : "npy");
}

/// A file of a rig, where rigs put them: not every folder of that name.
bool is_raw_file(const RelativePathParts& parts) {
    const auto& file = parts.file;
    if (file.attribute != "raw" || !is_plain_dataset(parts)) return false;
    return ((file.object == "taskData" || file.object == "ambientSensorData") &&
            file.extension == "jsonable") ||
           ((file.object == "encoderPositions" || file.object == "encoderEvents") &&
            file.extension == "ssv");
}

}  // namespace

bool is_raw_collection(std::string_view collection) {
    return collection == "raw_behavior_data" || collection.starts_with("raw_task_data_");
}

bool is_passive_dataset(const RelativePathParts& parts) {
    const auto& file = parts.file;
    if (file.object == "passiveRFM") return file.attribute == "times" && file.extension == "npy";
    return file.extension == "csv" &&
           ((file.object == "passivePeriods" && file.attribute == "intervalsTable") ||
            ((file.object == "passiveGabor" || file.object == "passiveStims") &&
             file.attribute == "table"));
}

bool is_wanted(std::string_view path) {
    if (photometry::role_of(path) != photometry::Role::none) return true;
    const auto parts = relative_path_parts(path);
    if (!parts) return false;
    const auto& file = parts->file;
    if (is_task_settings(*parts)) return true;
    if (!is_plain_dataset(*parts)) return false;
    if (file.object == "trials") return is_trials_dataset(*parts);
    if (is_raw_file(*parts)) return is_raw_collection(parts->collection);
    if (is_passive_dataset(*parts)) return true;
    if (file.extension != "npy") return false;
    // `times` is the name that extractions of 2018 and 2019 gave to `timestamps`.
    return (file.object == "wheel" &&
            (file.attribute == "position" || file.attribute == "timestamps" ||
             file.attribute == "times")) ||
           (file.object == "wheelMoves" &&
            (file.attribute == "intervals" || file.attribute == "peakAmplitude")) ||
           (file.object == "licks" &&
            (file.attribute == "times" || file.attribute == "timestamps"));
}

bool is_trials_file(std::string_view path) {
    const auto parts = relative_path_parts(path);
    if (!parts) return false;
    return is_trials_dataset(*parts) || (is_raw_file(*parts) && parts->file.object == "taskData");
}

std::uint64_t most_bytes(std::string_view path) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20;
    const auto parts = relative_path_parts(path);
    if (!parts) return 4096 * mib;
    const auto& file = parts->file;
    if (is_task_settings(*parts)) return 16 * mib;
    // 20 000 trials of a fidgety animal; an encoder that never rests for five hours, in text.
    if (file.object == "taskData") return 512 * mib;
    if (file.object == "encoderPositions") return 1024 * mib;
    if (file.object == "encoderEvents" || file.object == "ambientSensorData") return 64 * mib;
    if (is_passive_dataset(*parts)) return 16 * mib;
    if (file.object == "trials") return file.extension == "pqt" ? 64 * mib : 8 * mib;
    if (file.object == "wheel") return 8 * mib + most_wheel_samples * 8;
    if (file.object == "wheelMoves" || file.object == "licks") return 8 * mib;
    return 4096 * mib;  // photometry: a session's limit is the archive's
}

}  // namespace tb::alf
