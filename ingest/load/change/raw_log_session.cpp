#include "ingest/load/change/raw_log_session.hpp"

#include "compute/change_detection/running_speed.hpp"
#include "ingest/alf/moment.hpp"
#include "ingest/allen/raw_log.hpp"
#include "ingest/formats/npy.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
namespace change = compute::change_detection;
using nlohmann::json;

/// The name without .json.gz or .json.
std::string stem_of(const fs::path& log) {
    auto name = log.filename().string();
    for (const std::string_view ending : {".gz", ".json"})
        if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    return name;
}

/// Puts the encoder's arrays where the log would have them. A log with an encoder keeps its own.
bool add_encoder(json& document, const fs::path& file) {
    const auto pointer = json::json_pointer("/items/behavior");
    if (!document.is_object() || !document.contains(pointer)) return false;
    auto& behavior = document[pointer];
    if (!behavior.is_object()) return false;
    if (const auto own = behavior.find("encoders"); own != behavior.end() && !own->empty())
        return false;
    json encoder = json::object();
    for (const auto& [name, array] : formats::read_npz(file))
        if (name == "vsig" || name == "vin" || name == "dx") encoder[name] = array.as_doubles();
    if (!encoder.contains("vsig") || !encoder.contains("vin")) return false;
    behavior["encoders"] = json::array({std::move(encoder)});
    return true;
}

void add_speed(ChangeSession& session) {
    auto& running = session.recording.running;
    if (!running || running->v_sig.empty()) return;
    try {
        auto unfiltered =
            change::unfiltered_running_speed(running->v_sig, running->v_in, running->time_s);
        auto filtered = change::filtered_running_speed(unfiltered);
        session.is_running_turned = change::is_polarity_reversed(filtered);
        running->speed_cm_s = change::with_right_polarity(std::move(filtered));
        running->speed_unfiltered_cm_s = change::with_right_polarity(std::move(unfiltered));
    } catch (const Error& error) {
        session.part_errors.push_back(
            {error.type(), error.what(), "Running speed is left out.", session.origin});
    }
}

std::string required(const std::optional<std::string>& text, const fs::path& log,
                     const char* what) {
    if (text && !text->empty()) return *text;
    throw Error(ErrorKind::data, fmt::format("{}: the log does not tell {}", log.string(), what),
                {}, "MissingDataset");
}

}  // namespace

std::optional<fs::path> encoder_file_of(const fs::path& log) {
    const auto stem = stem_of(log);
    std::vector<std::string> names{stem + ".npz", stem + "_encoder.npz"};
    constexpr std::string_view prefix = "log_";
    if (stem.starts_with(prefix))
        names.insert(names.begin(), "encoder_" + stem.substr(prefix.size()) + ".npz");
    for (const auto& name : names) {
        std::error_code ignored;
        auto file = log.parent_path() / name;
        if (fs::is_regular_file(file, ignored)) return file;
    }
    return std::nullopt;
}

ChangeSession read_raw_log_session(const fs::path& log) {
    ChangeSession session;
    session.origin = log.string();
    session.trials_origin = "raw_log";
    session.behavior_file = log.filename().string();
    auto document = allen::read_raw_log_document(log);
    if (const auto encoder = encoder_file_of(log)) {
        try {
            add_encoder(document, *encoder);
        } catch (const Error& error) {
            session.part_errors.push_back({error.type().empty() ? "DamagedFile" : error.type(),
                                           error.what(), "The encoder is left out.",
                                           encoder->string()});
        }
    }
    session.recording = allen::raw_log_recording(document, log.string());
    auto& recording = session.recording;
    session.part_errors.insert(session.part_errors.end(), recording.part_errors.begin(),
                               recording.part_errors.end());
    for (auto issue : recording.issues) {
        issue.dataset = session.behavior_file + ":" + issue.dataset;
        session.issues.push_back(std::move(issue));
    }
    add_speed(session);
    const auto& metadata = recording.metadata;
    session.source = "allen";
    session.subject = required(metadata.mouse_id, log, "the mouse");
    session.own_subject_identifier = session.subject;
    const auto start = required(metadata.date_of_acquisition, log, "its start");
    const auto moment = alf::parse_moment(start);
    if (!moment)
        throw Error(ErrorKind::data, fmt::format("{}: '{}' is no time", log.string(), start), {},
                    "ValueError");
    session.date = moment->local_date;
    session.start_time = moment->text;
    session.task_protocol = metadata.session_type;
    session.rig_name = metadata.equipment_name;
    session.own_identifier = metadata.behavior_session_uuid.value_or(
        fmt::format("{}/{}", session.subject, moment->text));
    return session;
}

}  // namespace tb::load
