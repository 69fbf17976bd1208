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

std::size_t slot_of(std::uint64_t fraction, unsigned shift) {
    return static_cast<std::size_t>(fraction >> shift);
}

/// Takes the slots of all fractions. @return how many found theirs taken; their places are in
/// `late`
TB_LANE_CLONES std::size_t take_slots(const std::uint64_t* fractions, std::size_t n, unsigned shift,
                                      std::uint64_t* taken, std::uint32_t* late) {
    std::size_t n_late = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t slot = fractions[i] >> shift;
        const std::uint64_t bits = taken[slot / 64];
        const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
        taken[slot / 64] = bits | bit;
        late[n_late] = static_cast<std::uint32_t>(i);
        n_late += (bits & bit) != 0 ? 1 : 0;
    }
    return n_late;
}

TB_LANE_CLONES void count_slots(const std::uint64_t* taken, std::size_t n_words,
                                std::uint32_t* before) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < n_words; ++i) {
        before[i] = sum;
        sum += static_cast<std::uint32_t>(std::popcount(taken[i]));
    }
}

/// Taken slots before a slot.
std::size_t rank_of(std::uint64_t slot, const std::uint64_t* taken, const std::uint32_t* before) {
    const std::uint64_t lower = (std::uint64_t{1} << (slot % 64)) - 1;
    return before[slot / 64] + static_cast<std::size_t>(std::popcount(taken[slot / 64] & lower));
}

/// Puts each place at its slot's rank; of several places in a slot the first one stays.
TB_LANE_CLONES void place_all(const std::uint64_t* fractions, std::size_t n, unsigned shift,
                              const std::uint64_t* taken, const std::uint32_t* before,
                              std::uint32_t* out) {
    for (std::size_t i = n; i-- > 0;) {
        const std::uint64_t slot = fractions[i] >> shift;
        const std::uint64_t lower = (std::uint64_t{1} << (slot % 64)) - 1;
        out[before[slot / 64] + static_cast<std::size_t>(std::popcount(taken[slot / 64] & lower))] =
            static_cast<std::uint32_t>(i);
    }
}

/// Fractions below `low`; those from it to `high` go to `between`, whose size is returned.
struct Split {
    std::size_t below = 0;
    std::size_t between = 0;
};
TB_LANE_CLONES Split split(const std::uint64_t* fractions, std::size_t n, std::uint64_t low,
                           std::uint64_t high, std::uint64_t* between) {
    Split out;
    for (std::size_t i = 0; i < n; ++i) {
        between[out.between] = fractions[i];
        out.below += fractions[i] < low ? 1 : 0;
        out.between += fractions[i] - low <= high - low ? 1 : 0;
    }
    return out;
}

TB_LANE_CLONES std::size_t mark_up_to(const std::uint64_t* fractions, std::size_t n,
                                      std::uint64_t greatest, std::int64_t* out) {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        // Signed, which the processor compares four at a time; fractions have 53 bits.
        const auto fraction = static_cast<std::int64_t>(fractions[i]);
        out[i] = fraction <= static_cast<std::int64_t>(greatest) ? -1 : 0;
        count -= out[i];
    }
    return static_cast<std::size_t>(count);
}

TB_LANE_CLONES void mark_swaps(const std::uint64_t* fractions, std::size_t n, std::int64_t* out) {
    for (std::size_t i = 0; i < n; ++i) {
        const auto first = static_cast<std::int64_t>(fractions[2 * i]);
        const auto second = static_cast<std::int64_t>(fractions[2 * i + 1]);
        out[i] = second < first ? -1 : 0;
    }
}

}  // namespace

std::span<const std::uint64_t> PermutationDraws::draw(std::size_t n) {
    if (fractions_.size() < n) fractions_.resize(n);
    const auto out = std::span(fractions_).first(n);
    stream_.fill_fractions(out);
    return out;
}

// A sort by counting: 32 to 64 slots of equal width for each fraction, so that few share one. A
// fraction's rank is the number of taken slots before its own; the few that share a slot are sorted
// and merged in.
void PermutationDraws::next_order(std::span<std::uint32_t> out) {
    const std::size_t n = out.size();
    if (n == 0) return;
    const auto fractions = draw(n);
    const std::size_t n_slots = std::max<std::size_t>(std::bit_ceil(32 * n), 64);
    const unsigned shift = fraction_bits - static_cast<unsigned>(std::countr_zero(n_slots));
    const std::size_t n_words = n_slots / 64;
    taken_.assign(n_words, 0);
    before_.resize(n_words);
    late_.resize(n + 1);
    const std::size_t n_late = take_slots(fractions.data(), n, shift, taken_.data(), late_.data());
    count_slots(taken_.data(), n_words, before_.data());
    place_all(fractions.data(), n, shift, taken_.data(), before_.data(), out.data());
    if (n_late == 0) return;

    const auto late = std::span(late_).first(n_late);
    std::ranges::sort(late, [&](std::uint32_t a, std::uint32_t b) {
        return fractions[a] != fractions[b] ? fractions[a] < fractions[b] : a < b;
    });
    std::size_t end = n - n_late;  // what lies from here on has its place
    for (std::size_t k = n_late; k-- > 0;) {
        const std::uint64_t fraction = fractions[late[k]];
        std::size_t smaller = rank_of(slot_of(fraction, shift), taken_.data(), before_.data());
        smaller += fractions[out[smaller]] <= fraction ? 1 : 0;
        std::memmove(out.data() + smaller + k + 1, out.data() + smaller,
                     (end - smaller) * sizeof(std::uint32_t));
        out[smaller + k] = late[k];
        end = smaller;
    }
}

// The wanted order statistic of uniforms lies near count / n: only those within three standard
// deviations of that are looked at, unless it is not among them after all.
std::uint64_t PermutationDraws::threshold(std::span<const std::uint64_t> fractions,
                                          std::size_t count) {
    const auto n = static_cast<double>(fractions.size());
    const double share = static_cast<double>(count) / (n + 1.0);
    const double width = 3.0 * std::sqrt(share * (1.0 - share) / n) + 1.0 / n;
    const auto fraction_at = [](double x) {
        return static_cast<std::uint64_t>(std::ldexp(std::clamp(x, 0.0, 1.0), fraction_bits));
    };
    if (candidates_.size() < fractions.size() + 1) candidates_.resize(fractions.size() + 1);
    const Split found = split(fractions.data(), fractions.size(), fraction_at(share - width),
                              fraction_at(share + width), candidates_.data());
    auto candidates = std::span(candidates_).first(found.between);
    std::size_t nth = count - 1 - found.below;
    if (count <= found.below || nth >= found.between) {
        candidates = std::span(candidates_).first(fractions.size());
        std::ranges::copy(fractions, candidates.begin());
        nth = count - 1;
    }
    const auto wanted = candidates.begin() + static_cast<std::ptrdiff_t>(nth);
    std::ranges::nth_element(candidates, wanted);
    return *wanted;
}

void PermutationDraws::next_members(std::size_t count, std::span<std::int64_t> out) {
    assert(count <= out.size());
    const auto fractions = draw(out.size());
    if (count == 0) {
        std::ranges::fill(out, 0);
        return;
    }
    const std::uint64_t greatest = threshold(fractions, count);
    std::size_t marked = mark_up_to(fractions.data(), fractions.size(), greatest, out.data());
    // Of several equal to the threshold the last ones are left out.
    for (std::size_t i = out.size(); marked > count && i-- > 0;) {
        if (fractions[i] != greatest) continue;
        out[i] = 0;
        marked -= 1;
    }
}

void PermutationDraws::next_swaps(std::span<std::int64_t> out) {
    const auto fractions = draw(2 * out.size());
    mark_swaps(fractions.data(), out.size(), out.data());
}

}  // namespace tb::stats
