#include "src/stats/tukey.hpp"

#include "src/stats/one_way_anova.hpp"
#include "src/stats/studentized_range.hpp"

#include <cmath>

namespace tb::stats {

std::vector<TukeyPair> tukey(Groups groups) {
    const WithinGroups within = within_groups(groups, "Tukey's test");
    std::vector<TukeyPair> out;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (std::size_t j = i + 1; j < groups.size(); ++j) {
            TukeyPair& pair = out.emplace_back(TukeyPair{.first = i, .second = j});
            pair.difference = mean_of(groups[j]) - mean_of(groups[i]);
            const double per_value = 1.0 / static_cast<double>(groups[i].size()) +
                                     1.0 / static_cast<double>(groups[j].size());
            pair.q = std::abs(pair.difference) / std::sqrt(within.mean_square / 2.0 * per_value);
            pair.p = studentized_range_p(pair.q, static_cast<int>(groups.size()),
                                         within.degrees_of_freedom);
        }
    }
    return out;
}

}  // namespace tb::stats
