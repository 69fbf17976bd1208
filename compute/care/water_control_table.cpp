#include "compute/care/water_control_table.hpp"

#include "compute/care/water_control.hpp"

#include <cmath>
#include <string>

#include <fmt/format.h>

namespace tb::compute::care {

namespace {

LocalTime time_of(double seconds) {
    return LocalTime(std::chrono::seconds(static_cast<std::int64_t>(std::floor(seconds))));
}

LocalDay day_of(double days_since_1970) {
    return LocalDay(std::chrono::days(static_cast<int>(days_since_1970)));
}

CareLog log_of(const Inputs& inputs) {
    CareLog log;
    const double birth_day = inputs["subject"].numbers("birth_day")[0];
    if (!std::isnan(birth_day)) log.birth_date = day_of(birth_day);
    const FetchedRows& weighings = inputs["weighings"];
    for (std::size_t i = 0; i < weighings.size(); ++i) {
        log.weighings.push_back(
            {time_of(weighings.numbers("at_s")[i]), weighings.numbers("weight_g")[i]});
    }
    const FetchedRows& water = inputs["water"];
    for (std::size_t i = 0; i < water.size(); ++i) {
        log.water.push_back({time_of(water.numbers("at_s")[i]), water.numbers("volume_ml")[i],
                             water.numbers("is_reward")[i] != 0.0});
    }
    const FetchedRows& restrictions = inputs["restrictions"];
    for (std::size_t i = 0; i < restrictions.size(); ++i) {
        WaterRestriction& to = log.restrictions.emplace_back();
        to.start = time_of(restrictions.numbers("start_s")[i]);
        const double end_s = restrictions.numbers("end_s")[i];
        if (!std::isnan(end_s)) to.end = time_of(end_s);
        const double weight_g = restrictions.numbers("reference_weight_g")[i];
        to.reference_weight_g = std::isnan(weight_g) ? 0.0 : weight_g;
    }
    const FetchedRows& implants = inputs["implants"];
    for (std::size_t i = 0; i < implants.size(); ++i) {
        log.implants.push_back(
            {day_of(implants.numbers("day")[i]), implants.numbers("implant_weight_g")[i]});
    }
    return log;
}

std::vector<ReferenceAge> ages_of(const FetchedRows& rows) {
    std::vector<ReferenceAge> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        out.push_back({static_cast<int>(rows.numbers("age_weeks")[i]), rows.numbers("mean_g")[i],
                       rows.numbers("sd_g")[i]});
    }
    return out;
}

std::string text_of(LocalDay day) {
    const std::chrono::year_month_day date(day);
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Value known(bool is_known, double value) {
    return is_known ? Value(value) : Value();
}

void add_day(const CareDay& day, bool has_zscore, bool has_rule, Output& output) {
    constexpr const char* statuses[] = {"good", "close", "below"};
    const bool has_expected = has_rule && day.has_reference;
    const bool has_percent = has_expected && day.has_weight && day.percentage_weight_percent > 0.0;
    output.part("water_control_day")
        .set("date", text_of(day.day))
        .set("weight_g", known(day.has_weight, day.weight_g))
        .set("weighing_g", day.weighing_g ? Value(*day.weighing_g) : Value())
        .set("implant_weight_g", day.implant_weight_g)
        .set("is_water_restricted", day.is_water_restricted)
        .set("reference_weight_g", known(day.has_reference, day.reference_weight_g))
        .set("zscore_weight_g", known(has_zscore && day.has_reference, day.zscore_weight_g))
        .set("expected_weight_g", known(has_expected, day.expected_weight_g))
        .set("min_weight_g", known(has_expected, day.min_weight_g))
        .set("weight_percent", known(has_percent, day.percentage_weight_percent))
        .set("weight_status",
             has_percent ? Value(std::string(statuses[day.weight_status])) : Value())
        .set("reward_ml", day.reward_ml)
        .set("supplement_ml", day.supplement_ml)
        .set("given_water_ml", day.given_water_ml())
        .set("expected_water_ml", known(day.has_weight, day.expected_water_ml))
        .set("excess_water_ml", known(day.has_weight, day.excess_water_ml()));
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& subject = inputs["subject"];
    if (inputs["weighings"].empty() && inputs["water"].empty()) {
        return output.nothing_to_compute("the subject has no weighings and no water");
    }
    const double reference = subject.numbers("reference_weight_fraction")[0];
    const double zscore = subject.numbers("zscore_weight_fraction")[0];
    const WeightRule rule{std::isnan(reference) ? 0.0 : reference,
                          std::isnan(zscore) ? 0.0 : zscore};
    const CareLog log = log_of(inputs);
    const std::vector<ReferenceAge> ages = ages_of(inputs["ages"]);
    const std::vector<CareDay> days = care_days(log, ages, rule);
    output.master()
        .set("n_days", days.size())
        .set("first_date", text_of(days.front().day))
        .set("last_date", text_of(days.back().day))
        .set("reference_weight_fraction", known(!std::isnan(reference), reference))
        .set("zscore_weight_fraction", known(!std::isnan(zscore), zscore))
        .set("n_reference_ages", ages.size());
    // A z-score weight that counts but has no birth date is not known, nor then what is expected.
    const bool has_zscore = log.birth_date && !ages.empty();
    const bool has_rule = rule.reference_weight + rule.zscore_weight > 0.0 &&
                          (has_zscore || rule.zscore_weight <= 0.0);
    for (const CareDay& day : days) add_day(day, has_zscore, has_rule, output);
}

}  // namespace

ComputedTable water_control_table() {
    ComputedTable table;
    table.name = "task.water_control";
    table.code_version = 1;
    table.fetches = {{"subject", compute_sql_text("care/water_control_subject.sql")},
                     {"weighings", compute_sql_text("care/water_control_weighings.sql")},
                     {"water", compute_sql_text("care/water_control_water.sql")},
                     {"restrictions", compute_sql_text("care/water_control_restrictions.sql")},
                     {"implants", compute_sql_text("care/water_control_implants.sql")},
                     {"ages", compute_sql_text("care/water_control_ages.sql")}};
    table.compute = compute;
    return table;
}

}  // namespace tb::compute::care
