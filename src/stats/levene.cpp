#include "src/stats/levene.hpp"

#include "src/stats/one_way_anova.hpp"

#include <algorithm>
#include <cmath>

namespace tb::stats {

namespace {

double median_of(std::vector<double> values) {
    const std::size_t half = values.size() / 2;
    std::ranges::sort(values);
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2.0;
}

}  // namespace

TestResult levene(Groups groups) {
    require_groups(groups, "Levene's test");
    std::vector<std::vector<double>> distances;
    for (const std::vector<double>& group : groups) {
        const double median = median_of(group);
        std::vector<double>& into = distances.emplace_back();
        for (const double value : group) into.push_back(std::abs(value - median));
    }
    return one_way_anova(distances);
}

}  // namespace tb::stats
