#include "compute/care/water_control.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace tb::compute::care {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;

LocalDay day_of(LocalTime time) {
    return floor<days>(time);
}
LocalDay day_of(LocalDay day) {
    return day;
}

/// The last of what happened by a calendar date, even later that day; null for none.
template <class Fact, class When>
const Fact* last_by(const std::vector<Fact>& facts, LocalDay day, When when) {
    const Fact* last = nullptr;
    for (const Fact& fact : facts) {
        if (day_of(when(fact)) <= day) last = &fact;
    }
    return last;
}

const WaterRestriction* restriction_at(const CareLog& log, LocalDay day, LocalTime moment) {
    const WaterRestriction* last =
        last_by(log.restrictions, day, [](const WaterRestriction& one) { return one.start; });
    return last != nullptr && last->end && *last->end < moment ? nullptr : last;
}

double implant_by(const CareLog& log, LocalDay day) {
    const Implant* last = last_by(log.implants, day, [](const Implant& one) { return one.on; });
    return last == nullptr ? 0.0 : last->weight_g;
}

const Weighing* weighing_by(const CareLog& log, LocalDay day) {
    return last_by(log.weighings, day, [](const Weighing& one) { return one.at; });
}

/// When the reference weighing was, and its weight with implant.
struct Reference {
    LocalTime at;
    double weight_g = 0.0;
};

std::optional<Reference> reference_at(const CareLog& log, const WaterRestriction* restriction,
                                      LocalDay day) {
    if (log.set_reference && day_of(log.set_reference->at) <= day) {
        return Reference{log.set_reference->at, log.set_reference->weight_g};
    }
    if (restriction == nullptr) return std::nullopt;
    if (restriction->reference_weight_g > 0.0) {
        return Reference{restriction->start, restriction->reference_weight_g};
    }
    const Weighing* last = weighing_by(log, day_of(restriction->start));
    if (last == nullptr) return std::nullopt;
    return Reference{last->at, last->weight_g};
}

/// Mean and spread at a moment; ages beyond the table are those of its ends.
const ReferenceAge& age_at(std::span<const ReferenceAge> ages, LocalDay birth, LocalTime moment) {
    const auto lived = floor<days>(moment - (LocalTime(birth) + hours(12)));
    const auto week = static_cast<int>(std::floor(static_cast<double>(lived.count()) / 7.0));
    const int index =
        std::clamp(week - ages.front().age_weeks, 0, static_cast<int>(ages.size()) - 1);
    return ages[static_cast<std::size_t>(index)];
}

double zscore_weight(const CareLog& log, std::span<const ReferenceAge> ages, const WeightRule& rule,
                     const Reference& reference, double reference_weight_g, LocalTime moment) {
    if (!log.birth_date) return 0.0;
    if (ages.empty()) {
        if (rule.zscore_weight <= 0.0) return 0.0;
        throw Error(ErrorKind::data,
                    "the lab expects weights by age, but there are no reference weights",
                    "Load them with trialbase reference-weights.", "MissingReferenceWeights");
    }
    const ReferenceAge& then = age_at(ages, *log.birth_date, reference.at);
    const ReferenceAge& now = age_at(ages, *log.birth_date, moment);
    const double z = (reference_weight_g - then.mean_g) / then.sd_g;
    return now.sd_g * z + now.mean_g;
}

void add_water(const CareLog& log, CareDay& out) {
    for (const WaterAdministration& one : log.water) {
        if (day_of(one.at) != out.day || std::isnan(one.volume_ml)) continue;
        (one.is_reward ? out.reward_ml : out.supplement_ml) += one.volume_ml;
    }
}

int status_of(const CareDay& day, const WeightRule& rule) {
    const double least = std::max(rule.reference_weight, rule.zscore_weight);
    if (day.percentage_weight_percent == 0.0) return 0;
    if (day.percentage_weight_percent < 100.0 * least) return 2;
    return day.percentage_weight_percent < 100.0 * (least + 0.02) ? 1 : 0;
}

}  // namespace

CareDay care_day(const CareLog& log, std::span<const ReferenceAge> ages, const WeightRule& rule,
                 LocalDay day) {
    const LocalTime moment = LocalTime(day) + hours(23) + minutes(59);
    const double r = rule.reference_weight;
    const double z = rule.zscore_weight;
    CareDay out;
    out.day = day;
    out.implant_weight_g = implant_by(log, day);
    if (const Weighing* last = weighing_by(log, day)) {
        out.has_weight = true;
        out.weight_g = last->weight_g;
        if (day_of(last->at) == day) out.weighing_g = last->weight_g;
    }
    const WaterRestriction* restriction = restriction_at(log, day, moment);
    out.is_water_restricted = restriction != nullptr;
    if (const auto reference = reference_at(log, restriction, day)) {
        out.has_reference = true;
        out.reference_weight_g = reference->weight_g - implant_by(log, day_of(reference->at));
        out.zscore_weight_g =
            zscore_weight(log, ages, rule, *reference, out.reference_weight_g, moment);
    }
    const double implant = out.implant_weight_g;
    if (r + z > 0.0) {
        out.expected_weight_g =
            z / (r + z) * out.zscore_weight_g + r / (r + z) * out.reference_weight_g + implant;
    }
    out.min_weight_g = z * out.zscore_weight_g + r * out.reference_weight_g + implant;
    const double expected = out.expected_weight_g - implant;
    const double weight = out.weight_g - implant;
    if (expected > 0.0) out.percentage_weight_percent = 100.0 * weight / expected;
    const bool is_in_want = out.weight_g < (r + z) * expected + implant;
    out.expected_water_ml = (is_in_want ? 0.05 : 0.04) * weight;
    add_water(log, out);
    out.weight_status = status_of(out, rule);
    return out;
}

std::vector<CareDay> care_days(const CareLog& log, std::span<const ReferenceAge> ages,
                               const WeightRule& rule) {
    std::optional<LocalDay> first;
    std::optional<LocalDay> last;
    const auto until = [&](LocalDay day) { last = last ? std::max(*last, day) : day; };
    const auto note = [&](LocalDay day) {
        first = first ? std::min(*first, day) : day;
        until(day);
    };
    for (const Weighing& one : log.weighings) note(day_of(one.at));
    for (const WaterAdministration& one : log.water) note(day_of(one.at));
    for (const WaterRestriction& one : log.restrictions) {
        until(day_of(one.start));
        if (one.end) until(day_of(*one.end));
    }
    std::vector<CareDay> out;
    if (!first) return out;
    for (LocalDay day = *first; day <= *last; day += days(1)) {
        out.push_back(care_day(log, ages, rule, day));
    }
    return out;
}

std::vector<ReferenceAge> parse_reference_ages(std::string_view text, std::string_view name) {
    std::vector<ReferenceAge> out;
    std::size_t row = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        ++row;
        double values[3];
        std::size_t n = 0;
        const char* at = line.data();
        const char* const stop = line.data() + line.size();
        for (; n < 3; ++n) {
            const auto [after, failed] = std::from_chars(at, stop, values[n]);
            if (failed != std::errc{}) break;
            at = after;
            if (n < 2 && (at == stop || *at++ != ',')) break;
        }
        const bool is_row = n == 3 && at == stop && values[0] == std::floor(values[0]) &&
                            values[0] >= 0.0 && values[0] < 1000.0 && values[1] > 0.0 &&
                            values[2] > 0.0;
        if (!is_row) {
            throw value_error(fmt::format(
                "{}: row {} is '{}', expected age in weeks, mean and standard deviation",
                std::string(name), row, std::string(line)));
        }
        const auto week = static_cast<int>(values[0]);
        if (!out.empty() && week != out.back().age_weeks + 1) {
            throw value_error(
                fmt::format("{}: row {} is of week {} after week {}, expected every "
                            "week in order",
                            std::string(name), row, week, out.back().age_weeks));
        }
        out.push_back({week, values[1], values[2]});
    }
    if (out.empty()) {
        throw value_error(
            fmt::format("{}: no rows, expected reference weights", std::string(name)));
    }
    return out;
}

}  // namespace tb::compute::care
