#include "ingest/allen/raw_log.hpp"

#include "ingest/allen/frame_times.hpp"
#include "ingest/allen/log_node.hpp"
#include "ingest/allen/monitor_delay.hpp"
#include "ingest/allen/raw_presentations.hpp"
#include "ingest/allen/raw_stimuli.hpp"
#include "ingest/allen/raw_trials.hpp"
#include "ingest/allen/trial_class.hpp"
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/gzip.hpp"
#include "ingest/formats/json_lines.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::allen {

namespace {

std::optional<std::string> text_of(const std::optional<LogNode>& node) {
    if (!node) return std::nullopt;
    return node->text();
}

/// The first of these members that is there.
std::optional<std::string> first_text(const LogNode& node,
                                      std::initializer_list<const char*> keys) {
    for (const char* key : keys)
        if (const auto found = node.find(key)) return found->text();
    return std::nullopt;
}

std::string session_type_of(const LogNode& behavior) {
    for (const char* group : {"params", "cl_params"}) {
        const auto params = behavior.find(group);
        if (!params) continue;
        if (const auto stage = params->find("stage")) return stage->text();
    }
    return behavior.at("params").at("stage").text();
}

/// images_A or gratings; empty where the type tells neither.
std::string image_set_of(const std::string& session_type) {
    std::vector<std::string> parts{""};
    for (const char c : session_type) {
        if (c == '_') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    if (parts.size() < 3) return {};
    if (parts[2] == "gratings") return parts[2];
    if (parts[2] == "images" && parts.size() > 3) return "images_" + parts[3];
    return {};
}

std::array<double, 2> pair_of(const LogNode& node) {
    return {node.at(std::size_t{0}).number(), node.at(1).number()};
}

void check_task(const LogNode& behavior) {
    const LogNode task = behavior.at("config").at("behavior");
    const auto id = task.find("task_id");
    const std::string text = id ? id->text() : std::string();
    if (text.find("DoC") != std::string::npos) return;
    (id ? *id : task)
        .fail("TaskKind", fmt::format("task is {}, expected one with DoC in its name",
                                      id ? text : "not named"));
}

ChangeTaskParameters read_task_parameters(const LogNode& behavior,
                                          const std::vector<StimulusLog>& stimuli) {
    const StimulusLog& stimulus = task_stimulus(stimuli);
    const LogNode task = behavior.at("config").at("DoC");
    const auto params = behavior.find("params");
    const auto omitted = params ? params->find("flash_omit_probability") : std::nullopt;
    ChangeTaskParameters result;
    result.blank_duration_s = pair_of(task.at("blank_duration_range"));
    result.response_window_s = pair_of(task.at("response_window"));
    result.stimulus_duration_s = stimulus.flash_duration_s;
    result.omitted_flash_fraction = omitted ? omitted->number() : nan;
    result.reward_volume_ml = behavior.at("config").at("reward").at("reward_volume").number();
    result.auto_reward_volume_ml = task.at("auto_reward_volume").number();
    result.session_type = session_type_of(behavior);
    result.image_set = image_set_of(result.session_type);
    result.stimulus_name = stimulus_set_name(stimulus);
    result.stimulus = stimulus.kind;
    result.stimulus_distribution = task.at("change_time_dist").text();
    result.task = "change detection";
    for (const StimulusLog& one : stimuli) {
        for (const double drawn : one.draw_log) {
            if (drawn == 1.0) result.n_stimulus_frames += 1;
        }
    }
    return result;
}

ChangeMetadata read_metadata(const LogNode& log, const LogNode& behavior,
                             const ChangeTaskParameters& task) {
    ChangeMetadata metadata;
    metadata.behavior_session_uuid = first_text(log, {"session_uuid"});
    metadata.date_of_acquisition = first_text(log, {"start_time"});
    metadata.session_type = task.session_type;
    metadata.equipment_name = first_text(log, {"comp_id", "rig_id"});
    if (const auto params = behavior.find("params"))
        metadata.mouse_id = text_of(params->find("mouse_id"));
    return metadata;
}

double monitor_delay_s_of(const LogNode& log, const RawLogOptions& options) {
    if (options.monitor_delay_s) return *options.monitor_delay_s;
    if (const auto own = log.find("monitor_delay")) return own->number();
    for (const char* key : {"rig_id", "comp_id"}) {
        const auto rig = log.find(key);
        if (!rig) continue;
        if (const auto measured = measured_monitor_delay_s(rig->text())) return *measured;
    }
    return default_monitor_delay_s;
}

ChangeLicks read_licks(const LogNode& behavior, const FrameTimes& times,
                       std::vector<SessionIssue>& issues) {
    ChangeLicks licks;
    const auto sensors = behavior.find("lick_sensors");
    if (!sensors || sensors->size() == 0) {
        issues.push_back({"MissingDataset", behavior.path() + ".lick_sensors",
                          "the log has no lick sensor: no licks"});
        return licks;
    }
    const LogNode list = sensors->at(std::size_t{0}).at("lick_events");
    licks.frame = list.integers();
    const auto n_frames = static_cast<std::int64_t>(times.size());
    if (!licks.frame.empty() && licks.frame.back() == n_frames) {
        issues.push_back(
            {"LickAtEnd", list.path(),
             fmt::format("the last lick is at frame {}, after the last one: left out", n_frames)});
        licks.frame.pop_back();
    }
    for (std::size_t i = 0; i < licks.frame.size(); ++i) {
        if (!times.has(licks.frame[i])) {
            list.fail("LickFrame", fmt::format("lick {} is at frame {}, but there are {} frames", i,
                                               licks.frame[i], n_frames));
        }
    }
    if (!std::ranges::is_sorted(licks.frame)) {
        issues.push_back({"LicksNotAscending", list.path(), "licks were put in order of frames"});
        std::ranges::sort(licks.frame);
    }
    for (const std::int64_t frame : licks.frame) licks.time_s.push_back(times[frame]);
    return licks;
}

std::optional<RunningRecording> read_running(const LogNode& behavior, const FrameTimes& times,
                                             std::vector<SessionIssue>& issues,
                                             std::vector<SessionPartError>& part_errors) {
    const auto encoders = behavior.find("encoders");
    if (!encoders || encoders->size() == 0) {
        issues.push_back({"MissingDataset", behavior.path() + ".encoders",
                          "the log has no encoder: no running"});
        return std::nullopt;
    }
    try {
        const LogNode encoder = encoders->at(std::size_t{0});
        const std::size_t n = times.size();
        bool has_surplus = false;
        const auto read = [&](const char* key) {
            const LogNode node = encoder.at(key);
            std::vector<double> values = node.numbers();
            if (values.size() != n && values.size() != n + 1) {
                node.fail("EncoderLength",
                          fmt::format("has {} samples for {} frames: expected as many or one more",
                                      values.size(), n));
            }
            has_surplus |= values.size() > n;
            values.resize(n);
            return values;
        };
        RunningRecording running;
        running.time_s = times.all();
        running.v_sig = read("vsig");
        running.v_in = read("vin");
        if (encoder.find("dx")) running.dx = read("dx");
        if (has_surplus) {
            issues.push_back(
                {"EncoderSurplus", encoder.path(),
                 fmt::format("{} samples for {} frames: the last was left out", n + 1, n)});
        }
        return running;
    } catch (const Error& error) {
        part_errors.push_back({error.type(), error.what(), "Running is left out.", behavior.log()});
        return std::nullopt;
    }
}

/// Looks for items.behavior at the root, and stops once it is met: logs are long.
class BehaviorSearch : public nlohmann::json_sax<nlohmann::json> {
  public:
    bool has_behavior = false;
    bool is_json = true;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return begin(); }
    bool end_object() override { return end(); }
    bool start_array(std::size_t) override {
        // What lies in a list is not at the root.
        key_.clear();
        return begin();
    }
    bool end_array() override { return end(); }
    bool key(string_t& name) override {
        if (depth_ == 1) key_ = name;
        has_behavior = depth_ == 2 && is_in_items_ && name == "behavior";
        return !has_behavior;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        is_json = false;
        return false;
    }

  private:
    bool begin() {
        if (++depth_ == 2) is_in_items_ = key_ == "items";
        return true;
    }
    bool end() {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
    std::string key_;           // of the root, that was met last
    bool is_in_items_ = false;  // at depth 2
};

}  // namespace

bool may_be_raw_log(const std::filesystem::path& file) {
    try {
        const auto bytes = formats::read_file(file);
        BehaviorSearch search;
        if (formats::is_gzip(bytes)) {
            (void)nlohmann::json::sax_parse(formats::gunzipped(bytes, file.string()), &search);
        } else {
            (void)nlohmann::json::sax_parse(formats::as_text(bytes), &search);
        }
        return search.has_behavior || !search.is_json;
    } catch (const Error&) {
        return true;
    }
}

nlohmann::json parse_raw_log_document(std::span<const std::byte> bytes, const std::string& name) {
    if (formats::is_gzip(bytes)) return formats::parse_json(formats::gunzipped(bytes, name), name);
    return formats::parse_json(formats::as_text(bytes), name);
}

nlohmann::json read_raw_log_document(const std::filesystem::path& file) {
    return parse_raw_log_document(formats::read_file(file), file.string());
}

ChangeRecording raw_log_recording(const nlohmann::json& document, const std::string& name,
                                  const RawLogOptions& options) {
    const LogNode log(document, name);
    const LogNode behavior = log.at("items").at("behavior");
    ChangeRecording result;
    result.origin = name;
    result.monitor_delay_s = monitor_delay_s_of(log, options);
    const FrameTimes times(behavior);
    const std::vector<StimulusLog> stimuli = read_stimuli(behavior);
    check_task(behavior);
    result.stimulus_frame_time_s = times.all();
    result.task_parameters = read_task_parameters(behavior, stimuli);
    result.metadata = read_metadata(log, behavior, result.task_parameters);
    result.licks = read_licks(behavior, times, result.issues);
    result.trials =
        read_trials(behavior, times, stimuli, result.licks, result.monitor_delay_s, result.issues);
    result.rewards = read_rewards(behavior, times);
    const std::string& type = result.task_parameters.session_type;
    const PresentationSources sources{behavior,
                                      times,
                                      stimuli,
                                      result.trials,
                                      result.monitor_delay_s,
                                      type.find("passive") != std::string::npos};
    result.presentations = read_presentations(sources, result.issues, result.part_errors);
    result.running = read_running(behavior, times, result.issues, result.part_errors);
    if (lacks_auto_rewards(type, result.trials.is_auto_rewarded)) {
        result.issues.push_back({"NoAutoReward", behavior.path() + ".trial_log",
                                 "a training session without any automatic reward"});
    }
    return result;
}

ChangeRecording read_raw_log(const std::filesystem::path& file, const RawLogOptions& options) {
    return raw_log_recording(read_raw_log_document(file), file.string(), options);
}

}  // namespace tb::allen
