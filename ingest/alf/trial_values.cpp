#include "ingest/alf/trial_values.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

namespace tb::alf {
namespace {

/// Trials do not follow each other so slowly: a no-go takes a minute.
constexpr double longest_trial_s = 500.0;
constexpr double longest_iti_s = 200.0;
constexpr double longest_quiescence_s = 20.0;
/// No rig gives so little [uL]; the smallest reward of the tasks is 1.5.
constexpr double smallest_reward_ul = 0.05;

enum class Meaning { time, iti, quiescence, contrast, probability, answer, reward, count, flag };

Meaning meaning_of(const TrialColumnInfo& column) {
    using T = ChoiceTrials;
    const auto values = column.values;
    if (values == &T::contrast_left || values == &T::contrast_right) return Meaning::contrast;
    if (values == &T::probability_left) return Meaning::probability;
    if (values == &T::choice || values == &T::feedback_type) return Meaning::answer;
    if (values == &T::reward_volume_ul) return Meaning::reward;
    if (values == &T::iti_s) return Meaning::iti;
    if (values == &T::quiescence_s) return Meaning::quiescence;
    if (column.kind == TrialColumnKind::integer) return Meaning::count;
    if (column.kind == TrialColumnKind::boolean) return Meaning::flag;
    return Meaning::time;
}

std::string number_text(double value) {
    return nlohmann::json(value).dump();
}

/// The value without the residue of its computation (0.30000000000000004) or of single precision
/// (0.0799999982).
double tidy_fraction(double value, bool is_single_precision) {
    if (!std::isfinite(value)) return value;
    const double per_unit = is_single_precision ? 1e6 : 1e9;
    return std::round(value * per_unit) / per_unit;
}

class ColumnCheck {
  public:
    ColumnCheck(const TrialColumnInfo& column, NumberColumn& given, const std::string& dataset,
                SessionFiles& files)
        : meaning_(meaning_of(column)), given_(given), dataset_(dataset), files_(files) {}

    bool run() {
        if (!convert_type()) return false;
        drop_infinite();
        switch (meaning_) {
            case Meaning::time:
                scale(median_step(given_.values), longest_trial_s);
                break;
            case Meaning::iti:
                scale(median_of(given_.values), longest_iti_s);
                break;
            case Meaning::quiescence:
                scale(median_of(given_.values), longest_quiescence_s);
                break;
            case Meaning::contrast:
                take_fractions();
                take_magnitudes();
                break;
            case Meaning::probability:
                take_fractions();
                break;
            case Meaning::answer:
                take_unsigned_minus_one();
                break;
            case Meaning::reward:
                take_microlitres();
                break;
            case Meaning::count:
            case Meaning::flag:
                break;
        }
        return drop_impossible();
    }

  private:
    void issue(const char* type, std::string message) {
        files_.issue(type, dataset_, std::move(message));
    }

    [[nodiscard]] bool is_duration() const {
        return meaning_ == Meaning::time || meaning_ == Meaning::iti ||
               meaning_ == Meaning::quiescence;
    }

    bool convert_type() {
        if (given_.is_time && !is_duration()) {
            issue("UnreadableDataset",
                  "values of type " + given_.type + " in a column that holds no times");
            return false;
        }
        if (given_.is_boolean && meaning_ != Meaning::flag) {
            issue("UnreadableDataset", "values of type " + given_.type +
                                           " (true or false), expected numbers" +
                                           (meaning_ == Meaning::answer ? " -1, 0, 1" : ""));
            return false;
        }
        try {
            to_seconds(given_);
        } catch (const Error& error) {
            issue("UnreadableDataset", error.what());
            return false;
        }
        return true;
    }

    void drop_infinite() {
        std::size_t infinite = 0;
        for (double& value : given_.values) {
            if (!std::isinf(value)) continue;
            ++infinite;
            value = nan;
        }
        if (infinite > 0)
            issue("NotFinite", std::to_string(infinite) + " infinite values set to missing");
    }

    void scale(double typical, double longest) {
        if (given_.is_time) return;
        const double units = units_per_second(typical, longest);
        if (units == 1.0) return;
        for (double& value : given_.values) value /= units;
        issue("UnitConverted", std::string("the values are ") + unit_name(units) +
                                   " (a typical one or step is " + number_text(typical) +
                                   "); converted to seconds");
    }

    void take_fractions() {
        std::size_t above_one = 0;
        std::size_t others = 0;
        for (double& value : given_.values) {
            value = tidy_fraction(value, given_.is_single_precision);
            const double size = std::abs(value);
            if (std::isnan(value) || size == 0.0) continue;
            (size > 1.0 && size <= 100.0 ? above_one : others) += 1;
        }
        if (above_one < 2 || others > 0) return;
        for (double& value : given_.values) value /= 100.0;
        issue("UnitConverted", "the values are percent; converted to fractions");
    }

    /// Sides are told by the column, so a minus throughout can only repeat them.
    void take_magnitudes() {
        std::size_t negative = 0;
        std::size_t positive = 0;
        for (const double value : given_.values) {
            negative += value < 0.0 ? 1 : 0;
            positive += value > 0.0 ? 1 : 0;
        }
        if (negative == 0 || positive > 0) return;
        for (double& value : given_.values) value = std::abs(value);
        issue("SignConvention", std::to_string(negative) +
                                    " contrasts are written with a minus; the magnitude was taken, "
                                    "the column tells the side");
    }

    void take_unsigned_minus_one() {
        if (!given_.is_unsigned) return;
        std::size_t found = 0;
        for (double& value : given_.values) {
            // Of one, two, four and eight bytes (the last as a double).
            if (value != 255.0 && value != 65535.0 && value != 4294967295.0 &&
                value != 18446744073709551616.0) {
                continue;
            }
            ++found;
            value = -1.0;
        }
        if (found > 0) {
            issue("SignConvention", std::to_string(found) + " values of type " + given_.type +
                                        " are -1 without its sign; taken as -1");
        }
    }

    void take_microlitres() {
        double largest = 0.0;
        for (const double value : given_.values)
            if (value > largest) largest = value;
        if (largest == 0.0 || largest >= smallest_reward_ul) return;
        for (double& value : given_.values) value *= 1000.0;
        issue("UnitConverted", "the volumes are millilitres (the largest is " +
                                   number_text(largest) + "); converted to microlitres");
    }

    [[nodiscard]] bool fits(double value) const {
        switch (meaning_) {
            case Meaning::contrast:
            case Meaning::probability:
                return value >= 0.0 && value <= 1.0;
            case Meaning::answer:
                return value == -1.0 || value == 0.0 || value == 1.0;
            case Meaning::flag:
                return value == 0.0 || value == 1.0;
            case Meaning::count:
                return value == std::trunc(value) && value >= 0.0 && value <= 2147483647.0;
            case Meaning::reward:
                return value >= 0.0;
            case Meaning::time:
            case Meaning::iti:
            case Meaning::quiescence:
                return true;
        }
        return true;
    }

    bool drop_impossible() {
        std::size_t present = 0;
        std::size_t outside = 0;
        double example = 0.0;
        for (double& value : given_.values) {
            if (std::isnan(value)) continue;
            ++present;
            if (fits(value)) continue;
            if (outside++ == 0) example = value;
            value = nan;
        }
        if (outside == 0) return true;
        const bool is_answer = meaning_ == Meaning::answer;
        const bool is_refused =
            is_answer ? outside > 2 && outside * 20 > present : outside * 2 > present;
        issue("OutOfRange", std::to_string(outside) + " of " + std::to_string(present) +
                                " values are impossible, the first is " + number_text(example) +
                                (is_refused ? "; the column was left out" : "; set to missing"));
        return !is_refused;
    }

    Meaning meaning_;
    NumberColumn& given_;
    const std::string& dataset_;
    SessionFiles& files_;
};

}  // namespace

bool take_values(const TrialColumnInfo& column, NumberColumn& values, const std::string& dataset,
                 SessionFiles& files) {
    if (!ColumnCheck(column, values, dataset, files).run()) return false;
    if (column.values == &ChoiceTrials::feedback_type) {
        if (const auto odd = std::ranges::count(values.values, 0.0); odd > 0) {
            files.issue("OddValue", dataset,
                        std::to_string(odd) + " trials with feedback 0, neither reward nor error");
        }
    }
    return true;
}

}  // namespace tb::alf
