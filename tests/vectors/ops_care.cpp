// Care: weight and water day by day.

#include "compute/care/water_control.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace care = compute::care;

/// Seconds since 1970 of "2020-01-01 10:33:00" on a clock without zone.
std::chrono::seconds seconds_of(const std::string& text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(text.c_str(), "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute,
                    &second) < 3) {
        throw Error(ErrorKind::data, "time '" + text + "': expected date and time");
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    return std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second);
}

/// What the lab's clock showed at a UTC time; the zone is that of the process.
care::LocalTime local_time(const std::string& utc) {
    const std::time_t at = seconds_of(utc).count();
    std::tm clock{};
    localtime_r(&at, &clock);
    return care::LocalTime(std::chrono::seconds(at + clock.tm_gmtoff));
}

care::LocalDay day_of(const std::string& text) {
    return std::chrono::floor<std::chrono::days>(care::LocalTime(seconds_of(text)));
}

double number_or_nan(const Json& value) {
    return value.is_null() ? nan : value.get<double>();
}

care::CareLog read_log(const Json& events) {
    care::CareLog log;
    if (!events.at("birth_date").is_null()) {
        log.birth_date = day_of(events.at("birth_date").get<std::string>());
    }
    for (const Json& one : events.at("weighings")) {
        log.weighings.push_back({local_time(one[0].get<std::string>()), one[1].get<double>()});
    }
    for (const Json& one : events.at("administrations")) {
        log.water.push_back(
            {local_time(one[0].get<std::string>()), number_or_nan(one[1]), one[2].get<bool>()});
    }
    for (const Json& one : events.at("restrictions")) {
        care::WaterRestriction& to = log.restrictions.emplace_back();
        to.start = local_time(one[0].get<std::string>());
        if (!one[1].is_null()) to.end = local_time(one[1].get<std::string>());
        to.reference_weight_g = one[2].get<double>();
    }
    for (const Json& one : events.at("implants")) {
        log.implants.push_back(
            {std::chrono::floor<std::chrono::days>(local_time(one[0].get<std::string>())),
             one[1].get<double>()});
    }
    // Facts in order of time.
    const auto by_time = [](const auto& a, const auto& b) { return a.at < b.at; };
    std::ranges::stable_sort(log.weighings, by_time);
    std::ranges::stable_sort(log.water, by_time);
    return log;
}

std::string text_of(care::LocalDay day) {
    const std::chrono::year_month_day date(std::chrono::sys_days(day.time_since_epoch()));
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u 23:59:00", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

void water_control(const Case& input, Run& run) {
    setenv("TZ", input.text_param("timezone").c_str(), 1);
    tzset();
    const Json events = input.input("events");
    const care::CareLog log = read_log(events);
    const std::string sex = events.at("sex").get<std::string>();
    const auto file = input.path_of(sex == "M" ? "data/ibl/alyx_lookup/ref_weighings_male.csv"
                                               : "data/ibl/alyx_lookup/ref_weighings_female.csv");
    const std::vector<care::ReferenceAge> ages =
        care::parse_reference_ages(read_text(file), file.filename().string());
    const care::WeightRule rule{input.number_param("reference_weight_pct"),
                                input.number_param("zscore_weight_pct")};
    Json days = Json::array();
    for (const Json& wanted : run.expected_value("days")) {
        const care::CareDay day =
            care::care_day(log, ages, rule, day_of(wanted.at("date").get<std::string>()));
        days.push_back({{"date", text_of(day.day)},
                        {"weight", day.weight_g},
                        {"weighing_at", day.weighing_g ? Json(*day.weighing_g) : Json(nullptr)},
                        {"reference_weight", day.reference_weight_g},
                        {"expected_weight", day.expected_weight_g},
                        {"min_weight", day.min_weight_g},
                        {"percentage_weight", day.percentage_weight_percent},
                        {"given_water_reward", day.reward_ml},
                        {"given_water_supplement", day.supplement_ml},
                        {"given_water_total", day.given_water_ml()},
                        {"expected_water", day.expected_water_ml},
                        {"excess_water", day.excess_water_ml()},
                        {"is_water_restricted", day.is_water_restricted},
                        {"implant_weight", day.implant_weight_g},
                        {"remaining_water", -day.excess_water_ml()},
                        {"zscore_weight", day.zscore_weight_g},
                        {"weight_status", day.weight_status}});
    }
    run.give("days", days);
}

const Registration registered("behavior.water_control", &water_control);

}  // namespace

}  // namespace tb::vectors
