#include "src/stats/random_stream.hpp"

#include "trialbase/error.hpp"

#include <string>

namespace tb::stats {

namespace {

std::variant<LegacyRandom, SplitRandom> started(RandomSource source) {
    if (source.kind == RandomKind::split_mix) return SplitRandom(source.seed);
    return LegacyRandom(source.seed);
}

}  // namespace

RandomKind random_kind(std::string_view word) {
    if (word == "numpy_legacy") return RandomKind::numpy_legacy;
    if (word == "split_mix") return RandomKind::split_mix;
    throw value_error("random numbers '" + std::string(word) +
                      "': expected numpy_legacy or split_mix");
}

RandomStream::RandomStream(RandomSource source) : random_(started(source)) {}

void RandomStream::fill_fractions(std::span<std::uint64_t> out) {
    if (auto* legacy = std::get_if<LegacyRandom>(&random_)) {
        legacy->fill_fractions(out);
        return;
    }
    auto& split = std::get<SplitRandom>(random_);
    for (std::uint64_t& fraction : out) fraction = split.next() >> 11U;
}

void RandomStream::fill_below(std::uint32_t n, std::span<std::uint32_t> out) {
    if (auto* legacy = std::get_if<LegacyRandom>(&random_)) {
        legacy->fill_below(n, out);
        return;
    }
    auto& split = std::get<SplitRandom>(random_);
    for (std::uint32_t& value : out) value = split.below(n);
}

}  // namespace tb::stats
