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

void RandomStream::fill_words(std::span<std::uint32_t> out) {
    if (auto* legacy = std::get_if<LegacyRandom>(&random_)) {
        legacy->fill_words(out);
        return;
    }
    auto& split = std::get<SplitRandom>(random_);
    std::size_t i = 0;
    for (; i + 2 <= out.size(); i += 2) {
        const std::uint64_t both = split.next();
        out[i] = static_cast<std::uint32_t>(both >> 32U);
        out[i + 1] = static_cast<std::uint32_t>(both);
    }
    if (i < out.size()) out[i] = static_cast<std::uint32_t>(split.next() >> 32U);
}

void RandomStream::fill_fractions(std::span<std::uint64_t> out) {
    if (auto* legacy = std::get_if<LegacyRandom>(&random_)) {
        legacy->fill_fractions(out);
        return;
    }
    auto& split = std::get<SplitRandom>(random_);
    for (std::uint64_t& fraction : out) {
        const std::uint64_t both = split.next();
        fraction =
            fraction_of(static_cast<std::uint32_t>(both >> 32U), static_cast<std::uint32_t>(both));
    }
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
