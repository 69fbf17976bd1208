#include "compute/task/session_end.hpp"

#include "compute/task/session_end_criteria.hpp"
#include "compute/task/trials.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tb::compute::task {

namespace {

Value trial_of(const std::vector<std::int64_t>& numbers, std::optional<std::size_t> index) {
    return index ? Value(numbers[*index]) : Value();
}

Value name_or_null(std::optional<EndCriterion> criterion) {
    return criterion ? Value(std::string(name_of(*criterion))) : Value();
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    if (rows.empty()) return output.nothing_to_compute("the session has no trials");
    const Trials trials = trials_of(rows);
    std::vector<std::int64_t> numbers;
    for (const double trial : rows.numbers("trial")) {
        numbers.push_back(static_cast<std::int64_t>(trial));
    }
    const auto start_s = rows.numbers("start_s");
    std::vector<double> response_time_s;
    std::vector<double> correct;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        response_time_s.push_back(trials.response_time_s(i));
        const double feedback = trials.feedback_type[i];
        correct.push_back(std::isnan(feedback) ? nan : feedback == 1.0 ? 1.0 : 0.0);
    }
    const SessionEnd end = session_end({start_s, response_time_s, correct, trials.signed_contrast});
    const auto n_without_start =
        std::ranges::count_if(start_s, [](double value) { return std::isnan(value); });
    const auto any = end.earliest(false);
    const auto on_rig = end.earliest(true);
    output.master()
        .set("n_trials", trials.size())
        .set("n_without_start", static_cast<std::int64_t>(n_without_start))
        .set("end_criterion", name_or_null(any))
        .set("end_trial", trial_of(numbers, any ? end.at(*any) : std::nullopt))
        .set("rig_criterion", name_or_null(on_rig))
        .set("rig_trial", trial_of(numbers, on_rig ? end.at(*on_rig) : std::nullopt));
    for (std::size_t k = 0; k < n_end_criteria; ++k) {
        const auto criterion = static_cast<EndCriterion>(k);
        if (!end.at(criterion)) continue;
        output.part("session_end_criterion")
            .set("end_criterion", name_or_null(criterion))
            .set("trial", trial_of(numbers, end.at(criterion)));
    }
}

}  // namespace

ComputedTable session_end_table() {
    ComputedTable table;
    table.name = "task.session_end";
    table.code_version = 1;
    table.fetches = {{"trials", compute_sql_text("task/session_end.sql")}};
    table.compute = compute;
    return table;
}

}  // namespace tb::compute::task
