// Weight and water of a subject in training, day by day: what it should weigh, what it was given.
// Days and times are those of the lab's clocks.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::care {

using LocalTime = std::chrono::local_seconds;
using LocalDay = std::chrono::local_days;

struct Weighing {
    LocalTime at;
    double weight_g = 0.0;  ///< implant included
};

struct WaterAdministration {
    LocalTime at;
    double volume_ml = 0.0;  ///< NaN: not measured
    bool is_reward = false;  ///< earned in a session
};

struct WaterRestriction {
    LocalTime start;
    std::optional<LocalTime> end;     ///< empty while it lasts
    double reference_weight_g = 0.0;  ///< 0: that of the last weighing
};

struct Implant {
    LocalDay on;
    double weight_g = 0.0;  ///< of all that is carried from that day on
};

/// A reference weight that somebody set; stands before that of restrictions from its day on.
struct SetReference {
    LocalTime at;
    double weight_g = 0.0;
};

/// Body weight of unrestricted animals of one sex by age, ascending, one row per week.
struct ReferenceAge {
    int age_weeks = 0;
    double mean_g = 0.0;
    double sd_g = 0.0;
};

/// All that is known of a subject's care, each list ascending in time.
struct CareLog {
    std::optional<LocalDay> birth_date;
    std::vector<Weighing> weighings;
    std::vector<WaterAdministration> water;
    std::vector<WaterRestriction> restrictions;
    std::vector<Implant> implants;
    std::optional<SetReference> set_reference;
};

/// How much each of two expectations counts, 0 to 1; their sum is the share of the expected weight
/// below which a subject is in want.
struct WeightRule {
    double reference_weight = 0.0;  ///< of the reference weighing
    double zscore_weight = 0.0;     ///< of the weight that its z-score at the reference predicts
};

/// A day at 23:59. Numbers that hang on something that is not there are 0, as the colony database
/// has them; `has_weight` and `has_reference` tell.
struct CareDay {
    LocalDay day;
    bool has_weight = false;     ///< weighed by then
    bool has_reference = false;  ///< restricted, or a reference was set
    bool is_water_restricted = false;
    double weight_g = 0.0;             ///< of the last weighing
    std::optional<double> weighing_g;  ///< of that very day
    double implant_weight_g = 0.0;
    double reference_weight_g = 0.0;         ///< reference weighing without implant
    double zscore_weight_g = 0.0;            ///< without implant
    double expected_weight_g = 0.0;          ///< with implant
    double min_weight_g = 0.0;               ///< with implant
    double percentage_weight_percent = 0.0;  ///< of the expected weight, both without implant
    double reward_ml = 0.0;
    double supplement_ml = 0.0;
    double expected_water_ml = 0.0;
    int weight_status = 0;  ///< 0 good, 1 close to the least, 2 below it

    [[nodiscard]] double given_water_ml() const { return reward_ml + supplement_ml; }
    [[nodiscard]] double excess_water_ml() const { return given_water_ml() - expected_water_ml; }
};

/// @param ages  of the subject's sex, ascending week by week; may be empty where the z-score counts
/// for nothing or is never asked
/// @throws tb::Error (data): MissingReferenceWeights when the z-score counts, a reference weighing
/// and a birth date are there, and `ages` is empty
/// Source: spec/ibl_behavior.md, 6.
[[nodiscard]] CareDay care_day(const CareLog& log, std::span<const ReferenceAge> ages,
                               const WeightRule& rule, LocalDay day);

/// Every day from the first weighing or water to the last weighing, water, or start or end of a
/// restriction; none without weighing and water. @throws tb::Error as care_day
[[nodiscard]] std::vector<CareDay> care_days(const CareLog& log, std::span<const ReferenceAge> ages,
                                             const WeightRule& rule);

/// Rows of a file of reference weights: age in weeks, mean, standard deviation, without a header;
/// lines end in CR, LF or both.
/// @param name  of the file, for messages
/// @throws tb::Error (data, ValueError) naming the row that is no such one, or follows no week by
/// week
[[nodiscard]] std::vector<ReferenceAge> parse_reference_ages(std::string_view text,
                                                             std::string_view name);

}  // namespace tb::compute::care
