#include "ingest/allen/nwb_session.hpp"

#include "ingest/alf/moment.hpp"
#include "ingest/allen/nwb_imaging.hpp"
#include "ingest/allen/nwb_presentations.hpp"
#include "ingest/allen/nwb_signals.hpp"
#include "ingest/allen/nwb_source.hpp"
#include "ingest/allen/nwb_trials.hpp"
#include "ingest/allen/nwb_unread.hpp"
#include "ingest/allen/session_type.hpp"
#include "ingest/allen/trial_class.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::allen {

namespace {

constexpr const char* metadata_path = "/general/metadata";
constexpr const char* task_path = "/general/task_parameters";

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// A pair that files keep as texts.
std::array<double, 2> pair_of(const NwbSource& source, const char* name) {
    const auto path = fmt::format("{}/{}", task_path, name);
    const auto field = source.file().field(task_path, name);
    if (!field) source.fail(path, "no attribute of that name", "MissingDataset");
    std::vector<double> values;
    if (const auto texts = field->texts(); !texts.empty()) {
        for (const auto& text : texts) {
            double value = 0.0;
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), value);
            if (error != std::errc() || end != text.data() + text.size())
                source.fail(path, fmt::format("'{}' is no number", text), "ValueType");
            values.push_back(value);
        }
    } else if (const auto* reals = std::get_if<std::vector<double>>(&field->values)) {
        values = *reals;
    } else if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&field->values)) {
        values.assign(whole->begin(), whole->end());
    }
    if (values.size() == 1) values.push_back(values.front());
    if (values.size() != 2)
        source.fail(path, fmt::format("{} values, expected 2", values.size()), "ColumnLength");
    return {values[0], values[1]};
}

ChangeTaskParameters read_task_parameters(const NwbSource& source) {
    if (source.file().hdf5().tree().resolve(task_path) == nullptr)
        source.fail(task_path, "no task parameters lie there", "MissingDataset");
    const auto text = [&](const char* name) { return source.text(task_path, name).value_or(""); };
    const auto number = [&](const char* name) {
        return source.number(task_path, name).value_or(nan);
    };
    ChangeTaskParameters task;
    task.blank_duration_s = pair_of(source, "blank_duration_sec");
    task.response_window_s = pair_of(source, "response_window_sec");
    task.stimulus_duration_s = number("stimulus_duration_sec");
    task.omitted_flash_fraction = number("omitted_flash_fraction");
    task.reward_volume_ml = number("reward_volume");
    task.auto_reward_volume_ml = number("auto_reward_volume");
    task.session_type = text("session_type");
    task.stimulus_name = text("stimulus_name");
    task.stimulus = text("stimulus");
    task.stimulus_distribution = text("stimulus_distribution");
    task.task = text("task");
    task.n_stimulus_frames = source.integer(task_path, "n_stimulus_frames").value_or(0);
    return task;
}

ChangeMetadata read_metadata(const NwbSource& source) {
    const auto& file = source.file();
    ChangeMetadata metadata;
    metadata.behavior_session_id = source.integer(metadata_path, "behavior_session_id");
    metadata.behavior_session_uuid = source.text(metadata_path, "behavior_session_uuid");
    if (metadata.behavior_session_uuid == "None") metadata.behavior_session_uuid.reset();
    metadata.session_type = source.text(metadata_path, "session_type");
    metadata.equipment_name = source.text(metadata_path, "equipment_name");
    metadata.project_code = source.text(metadata_path, "project_code");
    if (metadata.project_code == "Not Available") metadata.project_code.reset();
    metadata.stimulus_frame_rate_hz = source.number(metadata_path, "stimulus_frame_rate");
    if (const auto& start = file.info().session_start_time.text; !start.empty())
        metadata.date_of_acquisition = start;
    if (const auto& subject = file.subject()) {
        const auto kept = [](const std::string& text) {
            return text.empty() || text == "null" ? std::nullopt : std::optional(text);
        };
        metadata.mouse_id = kept(subject->subject_id);
        metadata.sex = kept(subject->sex);
        metadata.age = kept(subject->age);
        metadata.full_genotype = kept(subject->genotype);
        metadata.reporter_line = source.text("/general/subject", "reporter_line");
        if (const auto lines = file.field("/general/subject", "driver_line"))
            metadata.driver_lines = lines->texts();
    }
    return metadata;
}

void require_expected(const NwbSource& source, const NwbExpectation& expected,
                      std::int64_t behavior_session_id) {
    if (expected.behavior_session_id && *expected.behavior_session_id != behavior_session_id)
        source.fail(metadata_path,
                    fmt::format("behaviour session {}, expected {}", behavior_session_id,
                                *expected.behavior_session_id),
                    "SessionMismatch");
    const auto experiment = source.integer(metadata_path, "ophys_experiment_id");
    if (expected.ophys_experiment_id && expected.ophys_experiment_id != experiment)
        source.fail(metadata_path,
                    fmt::format("imaging experiment {}, expected {}",
                                experiment ? std::to_string(*experiment) : "none",
                                *expected.ophys_experiment_id),
                    "SessionMismatch");
}

/// The start on the laboratory's clock, or in UTC where another offset than +00:00 is written.
void fill_start(const NwbSource& source, ChangeSession& session) {
    const auto& text = session.recording.metadata.date_of_acquisition;
    const auto moment = text ? alf::parse_moment(*text) : std::nullopt;
    if (!moment)
        source.fail("/session_start_time",
                    text ? fmt::format("'{}' is no time", *text) : "no time lies there",
                    text ? "TableCell" : "MissingDataset");
    session.date = moment->local_date;
    session.start_time = moment->text;
    const bool is_labelled_utc = moment->is_instant &&
                                 moment->text.starts_with(moment->local_date) &&
                                 (text->ends_with("Z") || text->ends_with("+00:00") ||
                                  text->ends_with("+0000") || text->ends_with("+00"));
    if (is_labelled_utc && session.start_time->ends_with("Z")) session.start_time->pop_back();
}

void fill_record(const NwbSource& source, ChangeSession& session) {
    const auto& metadata = session.recording.metadata;
    if (!metadata.behavior_session_id)
        source.fail(metadata_path, "no behavior_session_id", "MissingDataset");
    if (!metadata.mouse_id) source.fail("/general/subject", "no subject_id", "MissingDataset");
    session.source = "allen";
    session.own_identifier = std::to_string(*metadata.behavior_session_id);
    session.subject = *metadata.mouse_id;
    session.own_subject_identifier = *metadata.mouse_id;
    session.task_protocol = metadata.session_type;
    session.rig_name = metadata.equipment_name;
    if (metadata.project_code) session.projects.push_back(*metadata.project_code);
    for (const char* name : {"ophys_session_id", "ophys_experiment_id"}) {
        if (const auto id = source.integer(metadata_path, name))
            session.aliases.push_back({"allen", std::to_string(*id)});
    }
    fill_start(source, session);
    const auto& type = session.recording.task_parameters.session_type;
    if (metadata.session_type && !type.empty() && *metadata.session_type != type)
        source.issue("OddValue", task_path,
                     fmt::format("session type {} here, {} in {}", type, *metadata.session_type,
                                 metadata_path));
    const auto& identifier = source.file().info().identifier;
    const bool is_known = identifier == session.own_identifier ||
                          std::ranges::any_of(session.aliases, [&](const auto& alias) {
                              return alias.identifier == identifier;
                          });
    if (!is_known)
        source.issue("OddValue", "/identifier",
                     fmt::format("the file calls itself {}, its metadata {}", identifier,
                                 session.own_identifier));
}

}  // namespace

NwbExpectation expectation_of_name(const std::filesystem::path& file) {
    const auto name = file.stem().string();
    constexpr std::string_view behavior = "behavior_session_";
    constexpr std::string_view experiment = "behavior_ophys_experiment_";
    NwbExpectation expected;
    if (name.starts_with(behavior))
        expected.behavior_session_id = whole_number(std::string_view(name).substr(behavior.size()));
    if (name.starts_with(experiment))
        expected.ophys_experiment_id =
            whole_number(std::string_view(name).substr(experiment.size()));
    return expected;
}

bool is_allen_session(const nwb::NwbFile& file) {
    return file.field(metadata_path, "behavior_session_id").has_value();
}

ChangeSession read_nwb_session(std::shared_ptr<const nwb::NwbFile> file,
                               const std::string& file_name, const NwbExpectation& expected) {
    ChangeSession session;
    const std::string name = file->hdf5().name();
    session.origin = name;
    session.trials_origin = "nwb";
    session.behavior_file = file_name;
    auto& recording = session.recording;
    recording.origin = name;
    recording.monitor_delay_s = nan;  // files do not tell it
    const NwbSource source(std::move(file), name, session);
    recording.metadata = read_metadata(source);
    if (!recording.metadata.behavior_session_id)
        source.fail(metadata_path, "no behavior_session_id", "MissingDataset");
    require_expected(source, expected, *recording.metadata.behavior_session_id);
    recording.task_parameters = read_task_parameters(source);
    fill_record(source, session);
    auto& task = recording.task_parameters;
    if (task.session_type.empty()) task.session_type = recording.metadata.session_type.value_or("");
    source.attempt("The set of images is not known.",
                   [&] { task.image_set = image_set(task.session_type); });
    read_nwb_frame_times(source);
    source.attempt("Licks are left out.", [&] { read_nwb_licks(source); });
    source.attempt("Rewards are left out.", [&] { read_nwb_rewards(source); });
    read_nwb_trials(source);
    if (lacks_auto_rewards(task.session_type, recording.trials.is_auto_rewarded))
        source.issue("NoAutoReward", "/intervals/trials",
                     "a training session without any automatic reward");
    source.attempt("Presentations are left out.", [&] {
        try {
            read_nwb_presentations(source);
        } catch (const Error&) {
            recording.presentations = {};
            session.presentation_origins = {};
            throw;
        }
    });
    source.attempt("Running is left out.", [&] { read_nwb_running(source); });
    source.attempt("Eye tracking is left out.", [&] { read_nwb_eye_tracking(source); });
    source.attempt("Images are left out.", [&] { read_nwb_templates(source); });
    source.attempt("Imaging is left out.", [&] { read_nwb_imaging(source); });
    note_what_is_not_read(source);
    return session;
}

ChangeSession read_nwb_session(const std::filesystem::path& file, const NwbExpectation& expected) {
    return read_nwb_session(std::make_shared<const nwb::NwbFile>(nwb::NwbFile::open(file)),
                            file.filename().string(), expected);
}

}  // namespace tb::allen
