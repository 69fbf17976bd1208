#include "src/stats/legacy_random.hpp"

namespace tb::stats {

double LegacyRandom::uniform() {
    const auto high = static_cast<double>(engine_() >> 5U);
    const auto low = static_cast<double>(engine_() >> 6U);
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

std::vector<double> LegacyRandom::uniforms(std::size_t n) {
    std::vector<double> out;
    out.reserve(n);
    for (std::size_t i = 0; i < n; ++i) out.push_back(uniform());
    return out;
}

}  // namespace tb::stats
