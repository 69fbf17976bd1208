#include "ingest/load/choice/trial_rows.hpp"

#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace tb::load {
namespace {

using db::Params;
using Step = db::Session::Step;
using Texts = std::vector<std::string>;
using Numbers = std::vector<double>;
using Counts = std::vector<std::int64_t>;

/// complete, partial or missing: spec/ibl_behavior.md, 1.6.
std::string completeness(const std::vector<double>& values) {
    const auto missing =
        std::count_if(values.begin(), values.end(), [](double v) { return std::isnan(v); });
    if (static_cast<std::size_t>(missing) == values.size()) return "missing";
    return missing > 0 ? "partial" : "complete";
}

double at(const std::vector<double>& values, std::size_t row) {
    return values.empty() ? NAN : values[row];
}

/// Trials reported on the side of a contrast above 0: spec/ibl_behavior.md, 1.6.
std::int64_t count_correct(const ChoiceTrials& trials) {
    std::int64_t correct = 0;
    for (std::size_t i = 0; i < trials.choice.size(); ++i) {
        const double choice = trials.choice[i];
        correct += (choice == 1 && at(trials.contrast_left, i) > 0) ||
                   (choice == -1 && at(trials.contrast_right, i) > 0);
    }
    return correct;
}

bool is_stored(const ChoiceTrials& trials, std::size_t row) {
    const auto has = [&](const std::vector<double>& values) {
        return values.empty() || !std::isnan(values[row]);
    };
    return has(trials.choice) && has(trials.end_s) && has(trials.probability_left);
}

const ChoiceTrials& trials_of(const SessionToWrite& one) {
    return session_as<ChoiceSession>(*one.record).trials;
}

}  // namespace

std::int64_t count_stored(const ChoiceTrials& trials) {
    std::int64_t stored = 0;
    for (std::size_t i = 0; i < trials.count; ++i) stored += is_stored(trials, i) ? 1 : 0;
    return stored;
}

void add_choice_session_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts key;
    Counts trials, correct;
    Numbers start, end;
    using T = ChoiceTrials;
    constexpr std::array judged{&T::stim_on_s,        &T::go_cue_s,   &T::go_cue_trigger_s,
                                &T::first_movement_s, &T::response_s, &T::feedback_s,
                                &T::reward_volume_ul, &T::rep_num,    &T::iti_s,
                                &T::included};
    std::array<Texts, judged.size()> statuses;
    for (const auto& one : sessions) {
        const auto& of = trials_of(one);
        if (of.choice.empty()) continue;
        key.push_back(one.state->session_id);
        trials.push_back(static_cast<std::int64_t>(of.count));
        correct.push_back(count_correct(of));
        start.push_back(of.start_s.empty() ? NAN : of.start_s.front());
        end.push_back(of.end_s.empty() ? NAN : of.end_s.back());
        for (std::size_t c = 0; c < judged.size(); ++c)
            statuses[c].push_back(completeness(of.*judged[c]));
    }
    if (key.empty()) return;
    Params params;
    params.text_array(key).int8_array(trials).int8_array(correct).float8_array(start).float8_array(
        end);
    for (const auto& status : statuses) params.text_array(status);
    steps.push_back(step("choice/choice_sessions", std::move(params)));
    steps.push_back(step("choice/training_days", Params().text_array(key)));
}

void copy_trials(db::Session& database, std::span<const SessionToWrite> sessions,
                 TableColumns& table_columns) {
    // All columns that any of the sessions has; null where one has not.
    const std::string table = "task.choice_trial";
    std::vector<std::string> names{"session_id", "trial"};
    std::vector<const TrialColumnInfo*> columns;
    bool has_trials = false;
    for (const auto& column : trial_columns()) {
        const bool is_there = std::ranges::any_of(sessions, [&](const SessionToWrite& one) {
            return !(trials_of(one).*column.values).empty();
        });
        has_trials = has_trials || is_there;
        if (!is_there || !table_columns.has(table, column.name)) continue;
        names.emplace_back(column.name);
        columns.push_back(&column);
    }
    if (!has_trials) return;
    db::CopyIn copy(database, table, names);
    for (const auto& one : sessions) {
        const auto& trials = trials_of(one);
        std::string key;
        const auto uuid = Uuid::parse(one.state->session_id).value();
        for (const auto byte : uuid.bytes) key.push_back(static_cast<char>(byte));
        for (std::size_t i = 0; i < trials.count; ++i) {
            if (!is_stored(trials, i)) continue;
            copy.next_row();
            copy.put_binary(key);
            copy.put(static_cast<std::int64_t>(i) + 1);
            for (const auto* column : columns) {
                const double value = at(trials.*column->values, i);
                if (column->kind == TrialColumnKind::boolean && !std::isnan(value)) {
                    copy.put(value != 0.0);
                } else {
                    copy.put(value);
                }
            }
        }
    }
    copy.finish();
}

}  // namespace tb::load
