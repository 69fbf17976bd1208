#include "ingest/rig/task_data.hpp"

#include "ingest/formats/json_lines.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <initializer_list>

#include <nlohmann/json.hpp>

namespace tb::rig {
namespace {

using nlohmann::json;

/// Times and totals beyond these are no measurements (a year in seconds; a litre in microlitres).
constexpr double longest_s = 3.2e7;
constexpr double most_water_ul = 1e6;

class LineReader {
  public:
    LineReader(const json& line, std::string_view name, std::size_t number)
        : line_(line), name_(name), number_(number) {}

    RigTrial read() {
        if (!line_.is_object()) fail(std::string("expected an object, got ") + line_.type_name());
        RigTrial trial;
        const double number = value(line_, "trial_num");
        if (std::abs(number) < 1e9 && number == std::floor(number))
            trial.trial_num = static_cast<std::int64_t>(number);
        trial.position = value(line_, "position");
        read_contrast(trial);
        if (const auto* repeat = member(line_, "debias_trial"))
            trial.is_repeat = trial.is_repeat || is_true(*repeat, "debias_trial");
        trial.probability_left = value(line_, "stim_probability_left");
        trial.phase = value(line_, "stim_phase");
        trial.quiescence_s = value(line_, "quiescent_period");
        // Rigs of 2018 wrote the amount of the moment as `reward_current`.
        trial.reward_ul = first_value({"reward_amount", "reward_current"});
        trial.pause_s = value(line_, "pause_duration");
        if (const auto* correct = member(line_, "trial_correct"))
            trial.is_correct = is_true(*correct, "trial_correct");
        trial.n_correct = bounded(value(line_, "ntrials_correct"), 1e6, "ntrials_correct");
        trial.water_ul = bounded(value(line_, "water_delivered"), most_water_ul, "water_delivered");
        read_state_machine(trial);
        return trial;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::data,
                    std::string(name_) + ": line " + std::to_string(number_) + ": " + what,
                    "Each line must be a trial as the rig writes it.", "InvalidData");
    }

    /// A member that has a value; nothing where it is absent or null.
    static const json* member(const json& object, const char* key) {
        const auto found = object.find(key);
        return found == object.end() || found->is_null() ? nullptr : &*found;
    }

    [[nodiscard]] double value(const json& object, const char* key) const {
        const auto* found = member(object, key);
        if (found == nullptr) return nan;
        if (!found->is_number()) {
            // An empty text is how PyBpod writes what it has not got.
            if (found->is_string() && found->get_ref<const std::string&>().empty()) return nan;
            fail(std::string(key) + " is " + found->type_name() + ", expected a number");
        }
        const double number = found->get<double>();
        return std::isfinite(number) ? number : nan;
    }

    [[nodiscard]] double first_value(std::initializer_list<const char*> keys) const {
        for (const char* key : keys) {
            if (const double found = value(line_, key); !std::isnan(found)) return found;
        }
        return nan;
    }

    [[nodiscard]] double bounded(double number, double most, const std::string& key) const {
        if (std::abs(number) > most)
            fail(key + " is " + json(number).dump() + ", more than can be");
        return number;
    }

    [[nodiscard]] bool is_true(const json& found, const char* key) const {
        if (found.is_boolean()) return found.get<bool>();
        if (found.is_number()) return found.get<double>() > 0.0;
        fail(std::string(key) + " is " + found.type_name() + ", expected true or false");
    }

    void read_contrast(RigTrial& trial) const {
        const auto* contrast = member(line_, "contrast");
        if (contrast == nullptr) return;
        if (!contrast->is_object()) {
            trial.contrast = value(line_, "contrast");
            return;
        }
        trial.contrast = value(*contrast, "value");
        const auto* type = member(*contrast, "type");
        if (type == nullptr || !type->is_string()) return;
        const auto& written = type->get_ref<const std::string&>();
        trial.is_repeat = written == "RepeatContrast" || written == "repeat_contrast";
    }

    [[nodiscard]] double time(const json& object, const char* key) const {
        const double found = value(object, key);
        if (std::isnan(found)) fail(std::string("no '") + key + "' of the state machine");
        return bounded(found, longest_s, key);
    }

    void read_state_machine(RigTrial& trial) const {
        const auto* machine = member(line_, "behavior_data");
        if (machine == nullptr || !machine->is_object())
            fail("no 'behavior_data' of the state machine");
        trial.bpod_start_s = time(*machine, "Bpod start timestamp");
        trial.start_s = time(*machine, "Trial start timestamp");
        trial.end_s = time(*machine, "Trial end timestamp");
        const auto* states = member(*machine, "States timestamps");
        if (states == nullptr || !states->is_object()) fail("no 'States timestamps'");
        for (const auto& [state, visits] : states->items()) read_visits(trial, state, visits);
        const auto* events = member(*machine, "Events timestamps");
        if (events == nullptr || !events->is_object()) fail("no 'Events timestamps'");
        for (const auto& [event, times] : events->items()) {
            // Cameras and wheel thresholds tick hundreds of times a trial and are not asked for.
            if (!event.starts_with("BNC")) continue;
            auto& into = trial.events[event];
            if (!times.is_array()) fail("event " + event + " has no list of times");
            require_few(times, event);
            for (const auto& one : times) {
                const double at = element(one, event);
                if (!std::isnan(at)) into.push_back(at);
            }
        }
    }

    void read_visits(RigTrial& trial, const std::string& state, const json& visits) const {
        if (!visits.is_array()) fail("state " + state + " has no list of visits");
        require_few(visits, state);
        auto& into = trial.states[state];
        for (const auto& visit : visits) {
            if (!visit.is_array() || visit.size() != 2)
                fail("state " + state + ": a visit that is no pair of times");
            const double begin = element(visit[0], state);
            if (!std::isnan(begin)) into.emplace_back(begin, element(visit[1], state));
        }
    }

    void require_few(const json& list, const std::string& what) const {
        if (list.size() > most_visits) {
            fail(what + " has " + std::to_string(list.size()) +
                 " times, more than a trial can have (" + std::to_string(most_visits) + ")");
        }
    }

    [[nodiscard]] double element(const json& one, const std::string& what) const {
        if (one.is_null()) return nan;
        if (!one.is_number()) fail(what + ": a time is " + one.type_name());
        const double number = one.get<double>();
        return std::isfinite(number) ? bounded(number, longest_s, what) : nan;
    }

    const json& line_;
    std::string_view name_;
    std::size_t number_;
};

}  // namespace

bool RigTrial::visited(std::string_view state) const {
    const auto found = states.find(state);
    return found != states.end() && !found->second.empty();
}

double RigTrial::begin_of(std::string_view state) const {
    return visited(state) ? states.find(state)->second.front().first : nan;
}

double RigTrial::end_of(std::string_view state) const {
    return visited(state) ? states.find(state)->second.front().second : nan;
}

double RigTrial::first_of(std::string_view event) const {
    const auto found = events.find(event);
    return found == events.end() || found->second.empty() ? nan : found->second.front();
}

std::vector<RigTrial> parse_task_data(std::string_view text, std::string_view name) {
    std::vector<RigTrial> trials;
    std::size_t last_line = 0;
    try {
        formats::for_each_json_line(text, name, [&](json&& line, std::size_t number) {
            last_line = number;
            if (trials.size() == most_trials) {
                throw Error(ErrorKind::data, std::string(name) + ": line " +
                                                 std::to_string(number) + ": more than " +
                                                 std::to_string(most_trials) +
                                                 " trials, which no session has");
            }
            trials.push_back(LineReader(line, name, number).read());
        });
    } catch (const Error& error) {
        if (!error.type().empty() || !error.hint().empty()) throw;
        // The lines before were read: what fails is JSON itself. Whole lines end with a brace.
        const auto end = text.find_last_not_of(" \t\r\n");
        const bool is_torn = end != std::string_view::npos && text[end] != '}';
        throw Error(error.kind(), error.what(),
                    is_torn ? "The last line is torn: was the recording or the copy cut off?" : "",
                    "InvalidData");
    }
    if (trials.empty()) {
        throw Error(ErrorKind::data, std::string(name) + ": no trial in it", {}, "MissingRawData");
    }
    return trials;
}

TaskTotals task_totals(const std::vector<RigTrial>& trials) {
    TaskTotals totals;
    totals.n_lines = trials.size();
    if (trials.empty()) return totals;
    const auto& last = trials.back();
    // Rigs from version 8 on count from 0.
    const bool is_from_zero = trials.front().trial_num == 0;
    if (last.trial_num) totals.n_trials = *last.trial_num + (is_from_zero ? 1 : 0);
    double sum_ul = 0.0;
    std::int64_t correct = 0;
    for (const auto& trial : trials) {
        correct += trial.is_correct.value_or(false) ? 1 : 0;
        // Tasks that know no right answer (habituation) reward every trial.
        if (trial.is_correct.value_or(true) && !std::isnan(trial.reward_ul))
            sum_ul += trial.reward_ul;
        const double end = trial.end_s - trial.bpod_start_s;
        constexpr double longest_session_s = 6.0 * 3600.0;
        if (end < longest_session_s) totals.duration_s = end;
    }
    totals.n_correct =
        std::isnan(last.n_correct) ? correct : static_cast<std::int64_t>(last.n_correct);
    totals.water_ul = std::isnan(last.water_ul) ? sum_ul : last.water_ul;
    return totals;
}

}  // namespace tb::rig
