#include "tests/compute/task/support.hpp"

#include "ingest/formats/npy.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <gtest/gtest.h>

namespace tb::compute::task::testing {

namespace fs = std::filesystem;

HandRows& HandRows::numbers(std::string name, std::vector<double> values) {
    FetchedColumn column{.name = std::move(name),
                         .kind = FetchedColumn::Kind::number,
                         .numbers = {},
                         .integers = {},
                         .texts = {},
                         .nulls = {}};
    for (const double value : values) column.nulls.push_back(std::isnan(value));
    n_rows_ = values.size();
    column.numbers = std::move(values);
    columns_.push_back(std::move(column));
    return *this;
}

HandRows& HandRows::integers(std::string name, std::vector<std::optional<std::int64_t>> values) {
    FetchedColumn column{.name = std::move(name),
                         .kind = FetchedColumn::Kind::integer,
                         .numbers = {},
                         .integers = {},
                         .texts = {},
                         .nulls = {}};
    for (const auto& value : values) {
        column.integers.push_back(value.value_or(0));
        column.numbers.push_back(value ? static_cast<double>(*value)
                                       : std::numeric_limits<double>::quiet_NaN());
        column.nulls.push_back(!value.has_value());
    }
    n_rows_ = values.size();
    columns_.push_back(std::move(column));
    return *this;
}

HandRows& HandRows::texts(std::string name, std::vector<std::optional<std::string>> values) {
    FetchedColumn column{.name = std::move(name),
                         .kind = FetchedColumn::Kind::text,
                         .numbers = {},
                         .integers = {},
                         .texts = {},
                         .nulls = {}};
    for (const auto& value : values) {
        column.texts.push_back(value.value_or(""));
        column.nulls.push_back(!value.has_value());
    }
    n_rows_ = values.size();
    columns_.push_back(std::move(column));
    return *this;
}

HandRows& HandRows::trials(const Trials& trials) {
    std::vector<std::optional<std::int64_t>> choice;
    for (const double value : trials.choice)
        choice.push_back(std::isnan(value) ? std::nullopt
                                           : std::optional(static_cast<std::int64_t>(value)));
    return numbers("signed_contrast", trials.signed_contrast)
        .integers("choice", std::move(choice))
        .numbers("feedback_type", trials.feedback_type)
        .numbers("probability_left", trials.probability_left)
        .numbers("stim_on_s", trials.stim_on_s)
        .numbers("go_cue_trigger_s", trials.go_cue_trigger_s)
        .numbers("response_s", trials.response_s);
}

Trials trials_from(const std::vector<HandTrial>& list) {
    Trials trials;
    for (const HandTrial& trial : list) {
        const double stim_on_s = 10.0 * static_cast<double>(trials.size());
        trials.signed_contrast.push_back(trial.contrast);
        trials.choice.push_back(trial.choice);
        trials.feedback_type.push_back(trial.feedback);
        trials.probability_left.push_back(trial.probability_left);
        trials.stim_on_s.push_back(stim_on_s);
        trials.go_cue_trigger_s.push_back(stim_on_s + 0.1);
        trials.response_s.push_back(stim_on_s + trial.reaction_s);
    }
    return trials;
}

Trials level(double contrast, int n, int n_right, double probability_left, double reaction_s) {
    std::vector<HandTrial> list;
    for (int i = 0; i < n; ++i) {
        const double choice = i < n_right ? -1.0 : 1.0;
        const bool is_rewarded = contrast == 0.0 ? choice < 0.0 : contrast * choice < 0.0;
        list.push_back({contrast, choice, is_rewarded ? 1.0 : -1.0, reaction_s, probability_left});
    }
    return trials_from(list);
}

Output run(const ComputedTable& table, const std::string& key,
           const std::vector<std::pair<std::string, const HandRows*>>& fetched) {
    Inputs inputs;
    inputs.key = key;
    for (const auto& [name, rows] : fetched) inputs.fetched.emplace(name, rows->rows());
    Output output;
    table.compute(inputs, output);
    return output;
}

namespace {

const Value* find(const Row& row, const std::string& column) {
    for (const auto& [name, value] : row.values()) {
        if (name == column) return &value;
    }
    ADD_FAILURE() << "the row has no column " << column;
    return nullptr;
}

}  // namespace

double number(const Row& row, const std::string& column) {
    const Value* value = find(row, column);
    if (value == nullptr || std::holds_alternative<std::monostate>(*value)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (const auto* real = std::get_if<double>(value)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
    if (const auto* flag = std::get_if<bool>(value)) return *flag ? 1.0 : 0.0;
    ADD_FAILURE() << "column " << column << " is no number";
    return std::numeric_limits<double>::quiet_NaN();
}

std::string text(const Row& row, const std::string& column) {
    const Value* value = find(row, column);
    if (value == nullptr) return {};
    if (const auto* stored = std::get_if<std::string>(value)) return *stored;
    if (!std::holds_alternative<std::monostate>(*value))
        ADD_FAILURE() << "column " << column << " is no text";
    return {};
}

std::optional<fs::path> shared_folder() {
    if (const char* configured = std::getenv("TRIALBASE_SHARED")) {
        if (fs::is_directory(fs::path(configured) / "data")) return fs::path(configured);
    }
    for (fs::path folder : {fs::current_path(), fs::path(__FILE__).parent_path()}) {
        for (;;) {
            if (fs::is_directory(folder / "shared" / "data")) return folder / "shared";
            if (!folder.has_relative_path()) break;
            folder = folder.parent_path();
        }
    }
    return std::nullopt;
}

Trials read_alf_session(const fs::path& alf_folder) {
    const auto read = [&](const char* attribute) -> std::optional<std::vector<double>> {
        const fs::path file = alf_folder / (std::string("_ibl_trials.") + attribute + ".npy");
        if (!fs::exists(file)) return std::nullopt;
        return formats::read_npy(file).as_doubles();
    };
    Trials trials;
    trials.choice = read("choice").value();
    const std::vector<double> absent(trials.size(), std::numeric_limits<double>::quiet_NaN());
    const std::vector<double> left = read("contrastLeft").value();
    const std::vector<double> right = read("contrastRight").value();
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        trials.signed_contrast.push_back(signed_contrast(left.at(trial), right.at(trial)));
    }
    trials.feedback_type = read("feedbackType").value_or(absent);
    trials.probability_left = read("probabilityLeft").value_or(absent);
    trials.stim_on_s = read("stimOn_times").value_or(absent);
    trials.go_cue_trigger_s = read("goCueTrigger_times").value_or(absent);
    trials.response_s = read("response_times").value_or(absent);
    return trials;
}

}  // namespace tb::compute::task::testing
