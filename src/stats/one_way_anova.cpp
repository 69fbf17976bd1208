#include "src/stats/one_way_anova.hpp"

#include <fmt/format.h>

namespace tb::stats {

WithinGroups within_groups(Groups groups, std::string_view test) {
    require_groups(groups, test);
    std::size_t n = 0;
    double squares = 0.0;
    for (const std::vector<double>& group : groups) {
        n += group.size();
        squares += sum_of_squares(group);
    }
    if (n <= groups.size()) {
        throw too_few_values(
            fmt::format("{}: {} values in {} groups, expected more than one in "
                        "some group",
                        std::string(test), n, groups.size()));
    }
    if (squares <= 0.0) {
        throw no_variance(fmt::format("{}: no group has any spread", std::string(test)));
    }
    const auto degrees = static_cast<double>(n - groups.size());
    return {squares / degrees, degrees};
}

TestResult one_way_anova(Groups groups) {
    const WithinGroups within = within_groups(groups, "analysis of variance");
    double n = 0.0;
    double sum = 0.0;
    for (const std::vector<double>& group : groups) {
        n += static_cast<double>(group.size());
        sum += mean_of(group) * static_cast<double>(group.size());
    }
    double between = 0.0;
    for (const std::vector<double>& group : groups) {
        const double distance = mean_of(group) - sum / n;
        between += static_cast<double>(group.size()) * distance * distance;
    }
    const double degrees = static_cast<double>(groups.size()) - 1.0;
    const double f = between / degrees / within.mean_square;
    return {f, f_p(f, degrees, within.degrees_of_freedom)};
}

}  // namespace tb::stats
