// Whether groups differ in their mean, by one-way analysis of variance.
#pragma once

#include "src/stats/test_result.hpp"

namespace tb::stats {

/// F of the groups' means.
/// @throws tb::Error (data): TooFewValues for fewer than two groups, an empty one, or no more
/// values than groups; NoVariance when no group has any spread; ValueError for a value that is not
/// finite
/// Source: spec/ibl_behavior.md, 10.
[[nodiscard]] TestResult one_way_anova(Groups groups);

/// Mean square within groups and its degrees of freedom. @param test  names the test in messages
/// @throws tb::Error (data) as one_way_anova
struct WithinGroups {
    double mean_square = 0.0;
    double degrees_of_freedom = 0.0;
};
[[nodiscard]] WithinGroups within_groups(Groups groups, std::string_view test);

}  // namespace tb::stats
