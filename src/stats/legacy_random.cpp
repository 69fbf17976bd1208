#include "src/stats/legacy_random.hpp"

#include "src/signal/lanes.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace tb::stats {

namespace {

constexpr std::size_t state_size = 624;
constexpr std::size_t shift_size = 397;
constexpr double from_fraction = 1.0 / 9007199254740992.0;

using Words = std::uint32_t __attribute__((vector_size(32)));
constexpr std::size_t lane_count = 8;

/// New word of the state from its place, the one after it and the one 397 places on. The same for
/// one word and for eight.
template <class Value>
void twist(std::uint32_t* place, const std::uint32_t* after, const std::uint32_t* far) {
    Value here, next, out;
    std::memcpy(&here, place, sizeof here);
    std::memcpy(&next, after, sizeof next);
    std::memcpy(&out, far, sizeof out);
    const Value mixed = (here & 0x80000000U) | (next & 0x7fffffffU);
    out ^= (mixed >> 1U) ^ ((~(mixed & 1U) + 1U) & 0x9908b0dfU);
    std::memcpy(place, &out, sizeof out);
}

template <class Value>
void temper(const std::uint32_t* state, std::uint32_t* words) {
    Value y;
    std::memcpy(&y, state, sizeof y);
    y ^= y >> 11U;
    y ^= (y << 7U) & 0x9d2c5680U;
    y ^= (y << 15U) & 0xefc60000U;
    y ^= y >> 18U;
    std::memcpy(words, &y, sizeof y);
}

/// Words of [begin, end) whose partner lies `far` places from them.
inline __attribute__((always_inline)) void twist_range(std::uint32_t* state, std::size_t begin,
                                                       std::size_t end, std::ptrdiff_t far) {
    std::size_t i = begin;
    for (; i + lane_count <= end; i += lane_count) {
        twist<Words>(state + i, state + i + 1, state + static_cast<std::ptrdiff_t>(i) + far);
    }
    for (; i < end; ++i) {
        twist<std::uint32_t>(state + i, state + i + 1,
                             state + static_cast<std::ptrdiff_t>(i) + far);
    }
}

TB_LANE_CLONES void next_block(std::uint32_t* state, std::uint32_t* words) {
    constexpr auto back =
        static_cast<std::ptrdiff_t>(shift_size) - static_cast<std::ptrdiff_t>(state_size);
    twist_range(state, 0, state_size - shift_size, shift_size);
    twist_range(state, state_size - shift_size, state_size - 1, back);
    twist<std::uint32_t>(state + state_size - 1, state, state + shift_size - 1);
    for (std::size_t i = 0; i < state_size; i += lane_count) temper<Words>(state + i, words + i);
}

/// Fractions of successive pairs of words.
TB_LANE_CLONES void join_pairs(const std::uint32_t* words, std::uint64_t* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t first = words[2 * i];
        const std::uint64_t second = words[2 * i + 1];
        out[i] = ((first >> 5U) << 26U) | (second >> 6U);
    }
}

}  // namespace

LegacyRandom::LegacyRandom(std::uint32_t seed) {
    std::uint32_t value = seed;
    for (std::size_t i = 0; i < size; ++i) {
        state_[i] = value;
        value = 1812433253U * (value ^ (value >> 30U)) + static_cast<std::uint32_t>(i + 1);
    }
}

void LegacyRandom::refill() {
    next_block(state_.data(), words_.data());
    next_ = 0;
}

std::uint32_t LegacyRandom::word() {
    if (next_ == size) refill();
    return words_[next_++];
}

void LegacyRandom::fill_words(std::span<std::uint32_t> out) {
    while (!out.empty()) {
        if (next_ == size && out.size() >= size) {
            next_block(state_.data(), out.data());  // whole blocks need no detour
            out = out.subspan(size);
            continue;
        }
        if (next_ == size) refill();
        const std::size_t n = std::min(out.size(), size - next_);
        std::copy_n(words_.begin() + static_cast<std::ptrdiff_t>(next_), n, out.begin());
        next_ += n;
        out = out.subspan(n);
    }
}

double LegacyRandom::uniform() {
    std::uint64_t fraction = 0;
    fill_fractions({&fraction, 1});
    return static_cast<double>(fraction) * from_fraction;
}

std::vector<double> LegacyRandom::uniforms(std::size_t n) {
    std::vector<double> out(n);
    fill_uniforms(out);
    return out;
}

void LegacyRandom::fill_uniforms(std::span<double> out) {
    std::array<std::uint64_t, size / 2> fractions{};
    while (!out.empty()) {
        const std::size_t n = std::min(out.size(), fractions.size());
        fill_fractions(std::span(fractions).first(n));
        for (std::size_t i = 0; i < n; ++i) {
            out[i] = static_cast<double>(fractions[i]) * from_fraction;
        }
        out = out.subspan(n);
    }
}

void LegacyRandom::fill_fractions(std::span<std::uint64_t> out) {
    while (!out.empty()) {
        if (next_ == size) refill();
        // A number of words drawn one by one may leave half a pair at the block's end.
        if (next_ + 1 == size) {
            const std::array<std::uint32_t, 2> pair = {word(), word()};
            join_pairs(pair.data(), out.data(), 1);
            out = out.subspan(1);
            continue;
        }
        const std::size_t n = std::min(out.size(), (size - next_) / 2);
        join_pairs(words_.data() + next_, out.data(), n);
        next_ += 2 * n;
        out = out.subspan(n);
    }
}

std::uint32_t LegacyRandom::below(std::uint32_t n) {
    std::uint32_t out = 0;
    fill_below(n, {&out, 1});
    return out;
}

void LegacyRandom::fill_below(std::uint32_t n, std::span<std::uint32_t> out) {
    assert(n > 0);
    const std::uint32_t greatest = n - 1;
    if (greatest == 0) {
        std::ranges::fill(out, 0U);
        return;
    }
    const std::uint32_t mask = ~std::uint32_t{0} >> std::countl_zero(greatest);
    std::size_t done = 0;
    while (done < out.size()) {
        // Every word is written to the next place, and stays there when it is not too great.
        if (next_ == size) refill();
        const std::uint32_t value = words_[next_++] & mask;
        out[done] = value;
        done += value <= greatest ? 1 : 0;
    }
}

}  // namespace tb::stats
