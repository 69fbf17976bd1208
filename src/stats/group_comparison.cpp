#include "src/stats/group_comparison.hpp"

#include "src/stats/dunn.hpp"
#include "src/stats/kruskal_wallis.hpp"
#include "src/stats/levene.hpp"
#include "src/stats/normality.hpp"
#include "src/stats/one_way_anova.hpp"
#include "src/stats/tukey.hpp"

namespace tb::stats {

GroupComparison compare_groups(Groups groups, double level) {
    require_groups(groups, "comparison of groups");
    std::vector<double> all;
    for (const std::vector<double>& group : groups) {
        all.insert(all.end(), group.begin(), group.end());
    }
    GroupComparison out;
    out.normality = dagostino_pearson(all);
    out.is_normal = out.normality.p >= level;
    out.spread = levene(groups);
    if (!out.is_normal) {
        out.location = kruskal_wallis(groups);
        out.pair_p = dunn(groups);
        return out;
    }
    out.location = one_way_anova(groups);
    out.pair_p.assign(groups.size() * groups.size(), 1.0);
    for (const TukeyPair& pair : tukey(groups)) {
        out.pair_p[pair.first * groups.size() + pair.second] = pair.p;
        out.pair_p[pair.second * groups.size() + pair.first] = pair.p;
    }
    return out;
}

}  // namespace tb::stats
