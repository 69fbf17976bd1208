#include "ingest/alf/task_settings.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/moment.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <utility>

#include <nlohmann/json.hpp>

namespace tb::alf {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = 255;
constexpr double longest_delay_s = 86400.0;
constexpr double heaviest_g = 100'000.0;

/// Python writes NaN and Infinity as bare words, which JSON does not know: they become null.
std::string without_bare_words(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            out += c;
            if (c == '\\' && i + 1 < text.size()) out += text[++i];
            if (c == '"') in_string = false;
            continue;
        }
        bool is_word = false;
        for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
            if (text.substr(i).starts_with(word)) {
                out += "null";
                i += word.size() - 1;
                is_word = true;
                break;
            }
        }
        if (is_word) continue;
        if (c == '"') in_string = true;
        out += c;
    }
    return out;
}

std::string shortened(const std::string& text) {
    std::string plain;
    for (const char c : text.substr(0, 60))
        plain += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return text.size() > 60 ? plain + "..." : plain;
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// 1970-based days of yyyy-mm-dd.
double days_of(const std::string& date) {
    const auto moment = parse_moment(date + "T00:00:00");
    return moment ? moment->seconds / 86400.0 : std::nan("");
}

class SettingsReader {
  public:
    SettingsReader(SessionFiles& files, const Dataset& dataset)
        : files_(files), path_(files.path_of(dataset)), dataset_(dataset) {}

    TaskSettings read() {
        TaskSettings found;
        found.collection = dataset_.parts.collection;
        if (!parse()) return found;
        files_.mark_used(dataset_.member);
        auto& session = files_.session();
        found.is_simulated = settings_.contains(simulated_settings_key);
        const auto version = text({"IBLRIG_VERSION", "IBLRIG_VERSION_TAG"});
        if (const auto protocol = text({"PYBPOD_PROTOCOL"}))
            found.protocol = *protocol + version.value_or("");
        found.rig_version = version;
        read_task(found);
        take(session.rig_version, version);
        take(session.rig_name, text({"RIG_NAME", "PYBPOD_BOARD"}));
        if (const auto user = text({"ALYX_USER", "PYBPOD_CREATOR"}); user && session.users.empty())
            session.users.push_back(*user);
        // The delays of several tasks add up.
        if (const auto delay =
                number({"SESSION_START_DELAY_SEC", "SESSION_DELAY_START"}, 0.0, longest_delay_s))
            session.session_delay_s = session.session_delay_s.value_or(0.0) + *delay;
        take(session.water_type, text({"REWARD_TYPE"}));
        const bool is_of_subject = check_subject();
        check_number();
        read_times(found);
        const auto weight = number({"SUBJECT_WEIGHT"}, 0.0, heaviest_g);
        if (weight && *weight > 0.0 && is_of_subject) {
            const auto when = session.start_time.value_or(session.date);
            if (session.weighings.empty()) session.weighings.push_back({when, *weight});
        }
        return found;
    }

  private:
    /// What only the extraction of raw trials asks for: a value of another form is left out.
    void read_task(TaskSettings& found) const {
        const auto rest = settings_.find("QUIESCENT_PERIOD");
        if (rest != settings_.end() && rest->is_number()) {
            found.quiescent_s = {rest->get<double>()};
        } else if (rest != settings_.end() && rest->is_array()) {
            for (const auto& one : *rest) {
                if (!one.is_number()) break;
                found.quiescent_s.push_back(one.get<double>());
            }
        }
        if (is_true("SUBJECT_DISENGAGED_TRIGGERED")) {
            const auto [key, trial] = value_of({"SUBJECT_DISENGAGED_TRIALNUM"});
            if (trial != nullptr && trial->is_number())
                found.disengaged_trial = trial->get<double>();
        }
        const auto [key, number] =
            value_of({"PRELOADED_SESSION_NUM", "PREGENERATED_SESSION_NUM", "SESSION_TEMPLATE_ID"});
        if (number != nullptr && (number->is_number_integer() || number->is_string()))
            found.pregenerated = number->is_string() ? number->get<std::string>() : number->dump();
        if (!found.pregenerated) {
            // .../session_3_ephys_pcqs.npy
            const auto [file_key, file] = value_of({"SESSION_LOADED_FILE_PATH"});
            if (file != nullptr && file->is_string()) {
                const auto& path = file->get_ref<const std::string&>();
                std::string digits;
                for (const char c : path.substr(path.find_last_of("/\\") + 1))
                    if (c >= '0' && c <= '9') digits += c;
                if (!digits.empty()) found.pregenerated = digits;
            }
        }
        found.is_mock = is_true("IS_MOCK");
        const auto [poop_key, poop] = value_of({"POOP_COUNT"});
        if (poop != nullptr && poop->is_number()) found.poop_count = poop->get<double>();
        const auto [task_key, task] = value_of({"TASK_VERSION"});
        if (task != nullptr && task->is_string() &&
            task->get_ref<const std::string&>().size() <= longest_text)
            found.task_version = task->get<std::string>();
    }

    bool is_true(const char* key) const {
        const auto [name, value] = value_of({key});
        return value != nullptr && value->is_boolean() && value->get<bool>();
    }

    bool parse() {
        try {
            const auto bytes = files_.bytes_of(dataset_.member);
            settings_ = json::parse(without_bare_words(formats::as_text(bytes)));
        } catch (const json::exception& error) {
            issue("UnreadableDataset",
                  std::string("the task settings are not JSON: ") + error.what());
            return false;
        } catch (const Error& error) {
            issue("UnreadableDataset", error.what());
            return false;
        }
        if (!settings_.is_object()) {
            issue("UnreadableDataset", "the task settings are not a JSON object");
            return false;
        }
        return true;
    }

    void issue(const char* type, std::string message) {
        files_.issue(type, path_, std::move(message));
    }

    template <class T>
    static void take(std::optional<T>& into, const std::optional<T>& value) {
        if (!into) into = value;
    }

    /// The first of the keys that has a value at all.
    std::pair<std::string, const json*> value_of(std::initializer_list<const char*> keys) const {
        for (const char* key : keys) {
            const auto found = settings_.find(key);
            if (found == settings_.end() || found->is_null()) continue;
            if (found->is_string() && found->get_ref<const std::string&>().empty()) continue;
            if (found->is_array() && found->empty()) continue;
            return {key, &*found};
        }
        return {};
    }

    std::optional<std::string> text(std::initializer_list<const char*> keys) {
        auto [key, value] = value_of(keys);
        if (value == nullptr) return std::nullopt;
        if (value->is_array()) value = &value->front();  // PYBPOD_CREATOR: [name, uuid]
        if (!value->is_string()) {
            issue("OddValue", key + " is " + value->type_name() + ", expected a text; left out");
            return std::nullopt;
        }
        const auto& found = value->get_ref<const std::string&>();
        if (found.size() > longest_text) {
            issue("OddValue", key + " is a text of " + std::to_string(found.size()) +
                                  " bytes, expected at most " + std::to_string(longest_text) +
                                  "; left out");
            return std::nullopt;
        }
        const bool has_control = std::ranges::any_of(
            found, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
        if (has_control) {
            issue("OddValue", key + " '" + shortened(found) +
                                  "' holds a zero byte or another control character; left out");
            return std::nullopt;
        }
        return found;
    }

    std::optional<double> number(std::initializer_list<const char*> keys, double least,
                                 double most) {
        const auto [key, value] = value_of(keys);
        if (value == nullptr) return std::nullopt;
        if (!value->is_number()) {
            issue("OddValue", key + " is " + value->type_name() + ", expected a number; left out");
            return std::nullopt;
        }
        const auto found = value->get<double>();
        if (!(found >= least && found <= most)) {
            issue("OutOfRange", key + " is " + value->dump() + ", expected " + json(least).dump() +
                                    " to " + json(most).dump() + "; left out");
            return std::nullopt;
        }
        return found;
    }

    std::optional<Moment> moment(std::initializer_list<const char*> keys, const char* what) {
        const auto written = text(keys);
        if (!written) return std::nullopt;
        auto parsed = parse_moment(*written);
        if (!parsed) {
            issue("OutOfRange", std::string("the ") + what + " '" + shortened(*written) +
                                    "' is not an ISO 8601 time; left out");
        }
        return parsed;
    }

    bool check_subject() {
        auto name = text({"SUBJECT_NAME"});
        if (!name) {
            // PYBPOD_SUBJECTS: ["['name']"]
            if (auto listed = text({"PYBPOD_SUBJECTS"})) {
                std::erase_if(*listed, [](char c) {
                    return c == '[' || c == ']' || c == '\'' || c == '"' || c == ' ';
                });
                if (listed->find(',') == std::string::npos) name = std::move(listed);
            }
        }
        const auto& subject = files_.session().subject;
        if (!name || name->empty() || lower(*name) == lower(subject)) return true;
        issue("OtherSession", "the settings are of subject '" + *name + "', the folder of '" +
                                  subject + "'; loaded as the folder says, without their weight");
        return false;
    }

    void check_number() {
        const auto [key, value] = value_of({"SESSION_NUMBER"});
        if (value == nullptr) return;
        const auto written = value->is_string() ? value->get<std::string>() : value->dump();
        const auto canonical = canonical_number(written);
        const auto& number = files_.session().number;
        if (canonical == number) return;
        issue("OtherSession", "the settings say session number " + shortened(written) +
                                  ", the folder " + number + "; loaded as the folder says");
    }

    void read_times(TaskSettings& found) {
        auto& session = files_.session();
        const auto start = moment({"SESSION_DATETIME", "SESSION_START_TIME"}, "start time");
        const auto end = moment({"SESSION_END_TIME"}, "end time");
        bool is_of_day = true;
        if (start) {
            // An offset may move the date by one; the lab's own clock shows the folder's.
            const double apart = std::abs(days_of(start->local_date) - days_of(session.date));
            is_of_day = apart <= (start->is_instant ? 1.0 : 0.0);
            if (!is_of_day) {
                issue("OtherSession", "the settings say start " + start->text + ", the folder " +
                                          session.date + "; their times were left out");
                return;
            }
            found.start_s = start->seconds;
            found.start_text = start->text;
            take(session.start_time, found.start_text);
        }
        if (!end) return;
        // Where only one of the two has an offset, the zone may hide up to 15 hours.
        const double slack = start && start->is_instant != end->is_instant ? 15.0 * 3600.0 : 0.0;
        if (start && end->seconds < start->seconds - slack) {
            issue("OutOfRange", "the session ends at " + end->text + ", before it starts at " +
                                    start->text + "; the end was left out");
            return;
        }
        session.end_time = end->text;  // of several tasks, the last one's
    }

    SessionFiles& files_;
    const std::string& path_;
    const Dataset& dataset_;
    json settings_;
};

}  // namespace

std::vector<TaskSettings> read_settings(SessionFiles& files, const TaskOrder& order) {
    std::vector<const Dataset*> found;
    for (const auto& dataset : files.wanted()) {
        if (is_task_settings(dataset.parts)) found.push_back(&dataset);
    }
    std::ranges::sort(found, [&](const Dataset* one, const Dataset* other) {
        return order.is_before(one->parts.collection, other->parts.collection);
    });
    // Several of one collection, or collections that are not tasks in a row: the first counts.
    const auto is_chained = [](const Dataset* dataset) {
        return dataset->parts.collection.starts_with("raw_task_data_");
    };
    std::vector<TaskSettings> all;
    for (const auto* dataset : found) {
        if (!all.empty() &&
            (!is_chained(dataset) || all.back().collection == dataset->parts.collection)) {
            continue;
        }
        all.push_back(SettingsReader(files, *dataset).read());
    }
    auto& session = files.session();
    std::string protocols;
    for (const auto& settings : all) {
        if (settings.protocol) protocols += (protocols.empty() ? "" : "/") + *settings.protocol;
    }
    if (!protocols.empty()) session.task_protocol = protocols;
    return all;
}

bool asks_no_choices(const std::string& protocol) {
    // Of several tasks, joined by a slash, none may ask for them.
    const auto name = lower(protocol);
    std::size_t begin = 0;
    while (begin <= name.size()) {
        const auto end = std::min(name.find('/', begin), name.size());
        const auto task = name.substr(begin, end - begin);
        const bool asks = std::ranges::none_of(
            std::array{"habituation", "passive", "spontaneous"},
            [&](const char* word) { return task.find(word) != std::string::npos; });
        if (asks) return false;
        begin = end + 1;
    }
    return true;
}

}  // namespace tb::alf
