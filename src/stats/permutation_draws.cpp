#include "src/stats/permutation_draws.hpp"

#include "src/signal/lanes.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

namespace tb::stats {

namespace {

constexpr unsigned fraction_bits = 53;
constexpr unsigned most_slot_bits = 27;  // of a fraction, those that its first word alone holds

std::uint64_t fraction_at(const std::uint32_t* words, std::size_t i) {
    return fraction_of(words[2 * i], words[2 * i + 1]);
}

/// Takes the slots of n fractions, slots being the first bits of them. @return how many found
/// theirs taken; their places are in `late`
std::size_t take_slots(const std::uint32_t* words, std::size_t n, unsigned shift,
                       std::uint64_t* taken, std::uint32_t* late) {
    std::size_t n_late = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t slot = words[2 * i] >> shift;
        const std::uint64_t bits = taken[slot / 64];
        const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
        if ((bits & bit) != 0) [[unlikely]] {
            late[n_late++] = static_cast<std::uint32_t>(i);
        }
        taken[slot / 64] = bits | bit;
    }
    return n_late;
}

/// Prefix sums: how many fractions lie before each word of slots.
/// @param before  in: how many late ones the word before has; out: the sums
TB_LANE_CLONES void count_slots(const std::uint64_t* taken, std::size_t n_words,
                                std::uint32_t* before) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < n_words; ++i) {
        sum += before[i];
        before[i] = sum;
        sum += static_cast<std::uint32_t>(std::popcount(taken[i]));
    }
}

/// Puts each place at its slot's rank; of several places in a slot the first one stays.
TB_LANE_CLONES void place_all(const std::uint32_t* words, std::size_t n, unsigned shift,
                              const std::uint64_t* taken, const std::uint32_t* before,
                              std::uint32_t* out) {
    for (std::size_t i = n; i-- > 0;) {
        const std::uint32_t slot = words[2 * i] >> shift;
        // Slots of the word up to this one, which is taken itself.
        const int up_to = std::popcount(taken[slot / 64] << (~slot % 64));
        out[before[slot / 64] + static_cast<std::uint32_t>(up_to) - 1] =
            static_cast<std::uint32_t>(i);
    }
}

/// Fractions below `low`; those from it to `high` go to `between`, whose size is returned.
struct Split {
    std::size_t below = 0;
    std::size_t between = 0;
};
TB_LANE_CLONES Split split(const std::uint32_t* words, std::size_t n, std::uint64_t low,
                           std::uint64_t high, std::uint64_t* between) {
    Split out;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t fraction = fraction_at(words, i);
        between[out.between] = fraction;
        out.below += fraction < low ? 1 : 0;
        out.between += fraction - low <= high - low ? 1 : 0;
    }
    return out;
}

TB_LANE_CLONES std::size_t mark_up_to(const std::uint32_t* words, std::size_t n,
                                      std::uint64_t greatest, std::int64_t* out) {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        // Signed, which the processor compares four at a time; fractions have 53 bits.
        const auto fraction = static_cast<std::int64_t>(fraction_at(words, i));
        out[i] = fraction <= static_cast<std::int64_t>(greatest) ? -1 : 0;
        count -= out[i];
    }
    return static_cast<std::size_t>(count);
}

TB_LANE_CLONES void mark_swaps(const std::uint32_t* words, std::size_t n, std::int64_t* out) {
    for (std::size_t i = 0; i < n; ++i) {
        const auto first = static_cast<std::int64_t>(fraction_at(words, 2 * i));
        const auto second = static_cast<std::int64_t>(fraction_at(words, 2 * i + 1));
        out[i] = second < first ? -1 : 0;
    }
}

}  // namespace

const std::uint32_t* PermutationDraws::draw(std::size_t n) {
    if (words_.size() < 2 * n) words_.resize(2 * n);
    stream_.fill_words(std::span(words_).first(2 * n));
    return words_.data();
}

// A sort by counting: 16 to 32 slots of equal width for each fraction, so that few share one. A
// fraction's rank is the number of those in slots before its own.
void PermutationDraws::next_order(std::span<std::uint32_t> out) {
    const std::size_t n = out.size();
    if (n == 0) return;
    const std::uint32_t* words = draw(n);
    const std::size_t n_slots =
        std::clamp<std::size_t>(std::bit_ceil(16 * n), 64, std::size_t{1} << most_slot_bits);
    const unsigned shift = 32 - static_cast<unsigned>(std::countr_zero(n_slots));
    const std::size_t n_words = n_slots / 64;
    taken_.assign(n_words, 0);
    before_.assign(n_words + 1, 0);
    if (late_.size() < n) late_.resize(n);
    const std::size_t n_late = take_slots(words, n, shift, taken_.data(), late_.data());
    for (std::size_t k = 0; k < n_late; ++k) {
        before_[(words[2 * std::size_t{late_[k]}] >> shift) / 64 + 1] += 1;
    }
    count_slots(taken_.data(), n_words, before_.data());
    place_all(words, n, shift, taken_.data(), before_.data(), out.data());
    settle_late(words, shift, n_late, out);
}

// Ranks leave a gap at the end of each word of `taken_` for its late ones: they are inserted among
// the word's others, which are sorted.
void PermutationDraws::settle_late(const std::uint32_t* words, unsigned shift, std::size_t n_late,
                                   std::span<std::uint32_t> out) {
    const auto word_of = [&](std::uint32_t place) {
        return (words[2 * std::size_t{place}] >> shift) / 64;
    };
    const auto late = std::span(late_).first(n_late);
    // Few are looked through for those of the same word; of many, they must be neighbours.
    const bool is_sorted = n_late > 32;
    if (is_sorted) std::ranges::stable_sort(late, {}, word_of);
    for (std::size_t k = 0; k < n_late; ++k) {
        const std::uint32_t word = word_of(late[k]);
        const std::uint64_t fraction = fraction_at(words, late[k]);
        const std::size_t first = before_[word];
        std::size_t at = first + static_cast<std::size_t>(std::popcount(taken_[word]));
        for (std::size_t j = k; j-- > 0;) {
            if (word_of(late[j]) == word) {
                at += 1;
            } else if (is_sorted) {
                break;
            }
        }
        for (; at > first; --at) {
            const std::uint32_t other = out[at - 1];
            const std::uint64_t of_other = fraction_at(words, other);
            if (of_other < fraction || (of_other == fraction && other < late[k])) break;
            out[at] = other;
        }
        out[at] = late[k];
    }
}

// The wanted order statistic of uniforms lies near count / n: only those within three standard
// deviations of that are looked at, unless it is not among them after all.
std::uint64_t PermutationDraws::threshold(const std::uint32_t* words, std::size_t n,
                                          std::size_t count) {
    const auto total = static_cast<double>(n);
    const double share = static_cast<double>(count) / (total + 1.0);
    const double width = 3.0 * std::sqrt(share * (1.0 - share) / total) + 1.0 / total;
    const auto scaled = [](double x) {
        return static_cast<std::uint64_t>(std::ldexp(std::clamp(x, 0.0, 1.0), fraction_bits));
    };
    if (candidates_.size() < n + 1) candidates_.resize(n + 1);
    const Split found =
        split(words, n, scaled(share - width), scaled(share + width), candidates_.data());
    auto candidates = std::span(candidates_).first(found.between);
    std::size_t nth = count - 1 - found.below;
    if (count <= found.below || nth >= found.between) {
        candidates = std::span(candidates_).first(n);
        for (std::size_t i = 0; i < n; ++i) candidates[i] = fraction_at(words, i);
        nth = count - 1;
    }
    const auto wanted = candidates.begin() + static_cast<std::ptrdiff_t>(nth);
    std::ranges::nth_element(candidates, wanted);
    return *wanted;
}

void PermutationDraws::next_members(std::size_t count, std::span<std::int64_t> out) {
    assert(count <= out.size());
    const std::uint32_t* words = draw(out.size());
    if (count == 0) {
        std::ranges::fill(out, 0);
        return;
    }
    const std::uint64_t greatest = threshold(words, out.size(), count);
    std::size_t marked = mark_up_to(words, out.size(), greatest, out.data());
    // Of several equal to the threshold the last ones are left out.
    for (std::size_t i = out.size(); marked > count && i-- > 0;) {
        if (fraction_at(words, i) != greatest) continue;
        out[i] = 0;
        marked -= 1;
    }
}

void PermutationDraws::next_swaps(std::span<std::int64_t> out) {
    mark_swaps(draw(2 * out.size()), out.size(), out.data());
}

}  // namespace tb::stats
