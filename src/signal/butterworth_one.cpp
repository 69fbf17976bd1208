// Filtering one signal: the sections of a cascade work at the same time, one in each lane, each two
// samples behind the one before it. What a section gives to the next is so ready well before it is
// wanted, and the pace is that of a single section's own recursion.
#include "src/signal/butterworth.hpp"
#include "src/signal/lanes.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace tb::signal {

namespace {

constexpr std::size_t n_lanes = 4;
constexpr std::size_t lag = 2;                          // samples between neighbouring lanes
constexpr std::size_t n_filling = lag * (n_lanes - 1);  // steps until the last lane has work

/// One section: y = b0 x + s; s' = (c1 x + r) - a1 s; r' = c2 x - a2 s, with c1 = b1 - a1 b0, c2 =
/// b2 - a2 b0. The states s and r are those of the transposed direct form.
struct State {
    double b0 = 1.0, c1 = 0.0, c2 = 0.0, a1 = 0.0, a2 = 0.0;  // passes everything, as it is
    double settled_s = 0.0,
           settled_r = 0.0;  // after a unit input of the cascade has stood for ever
    double s = 0.0, r = 0.0;

    double step(double x) {
        const double y = b0 * x + s;
        const double next_r = c2 * x - a2 * s;
        s = (c1 * x + r) - a1 * s;
        r = next_r;
        return y;
    }
};

using Group = std::array<State, n_lanes>;

std::vector<Group> groups_of(const Sections& sections) {
    std::vector<Group> groups((sections.size() + n_lanes - 1) / n_lanes);
    double gain = 1.0;  // of the sections before, for a standing input
    for (std::size_t k = 0; k < sections.size(); ++k) {
        const Section& section = sections[k];
        State& to = groups[k / n_lanes][k % n_lanes];
        to.b0 = section.b0;
        to.c1 = section.b1 - section.a1 * section.b0;
        to.c2 = section.b2 - section.a2 * section.b0;
        to.a1 = section.a1;
        to.a2 = section.a2;
        const double settled_s = (to.c1 + to.c2) / (1.0 + section.a1 + section.a2);
        to.settled_s = gain * settled_s;
        to.settled_r = gain * (to.c2 - section.a2 * settled_s);
        gain *= section.b0 + settled_s;
    }
    return groups;
}

#define TB_INLINE inline __attribute__((always_inline))

/// A group at work on `n` values in place, n > n_filling, from the first one on by steps of `Step`
/// (1 or -1). Usage: begin, step n - n_filling times, finish.
template <std::ptrdiff_t Step>
struct Pipeline {
    double* first;
    std::size_t n;
    Lanes b0, c1, c2, a1, a2, s, r;
    Lanes before_last, last;  // what the lanes gave two steps ago, and one step ago
    // passed[k][i] is what lane k gives for its i-th sample before all lanes run together, and
    // afterwards for its i-th of those that are left.
    double passed[n_lanes][n_filling];

    TB_INLINE double& at(std::size_t i) { return first[Step * static_cast<std::ptrdiff_t>(i)]; }

    TB_INLINE void begin(Group& group) {
        before_last = Lanes{};
        last = Lanes{};
        for (std::size_t k = 0; k + 1 < n_lanes; ++k) {
            for (std::size_t i = 0; i < n_filling - lag * k; ++i) {
                passed[k][i] = group[k].step(k == 0 ? at(i) : passed[k - 1][i]);
            }
            before_last[k] = passed[k][n_filling - lag * k - 2];
            last[k] = passed[k][n_filling - lag * k - 1];
        }
        for (std::size_t k = 0; k < n_lanes; ++k) {
            b0[k] = group[k].b0;
            c1[k] = group[k].c1;
            c2[k] = group[k].c2;
            a1[k] = group[k].a1;
            a2[k] = group[k].a2;
            s[k] = group[k].s;
            r[k] = group[k].r;
        }
    }
    /// Lane 0 takes sample i; `given` is what the lanes gave two steps ago, and becomes what they
    /// give now.
    TB_INLINE void step(std::size_t i, Lanes& given) {
        const double next = at(i);
        const Lanes fed = {next, next, next, next};
        const Lanes moved = __builtin_shufflevector(given, given, 0, 0, 1, 2);
        const Lanes x = __builtin_shufflevector(fed, moved, 0, 5, 6, 7);
        const Lanes y = b0 * x + s;
        const Lanes next_r = c2 * x - a2 * s;
        s = (c1 * x + r) - a1 * s;
        r = next_r;
        at(i - n_filling) = y[n_lanes - 1];
        given = y;
    }
    /// Samples i and i + 1.
    TB_INLINE void two_steps(std::size_t i) {
        step(i, before_last);
        step(i + 1, last);
    }
    /// Samples from i to the end, and what is left in the lanes then.
    TB_INLINE void finish(std::size_t i, Group& group) {
        for (; i + 1 < n; i += 2) two_steps(i);
        if (i < n) {
            step(i, before_last);
            std::swap(before_last, last);
        }
        for (std::size_t k = 0; k < n_lanes; ++k) {
            group[k].s = s[k];
            group[k].r = r[k];
        }
        // Lane k has yet to take the last lag * k samples.
        for (std::size_t k = 1; k < n_lanes; ++k) {
            for (std::size_t j = 0; j < lag * k; ++j) {
                const double given = j == 0   ? before_last[k - 1]
                                     : j == 1 ? last[k - 1]
                                              : passed[k - 1][j - lag];
                passed[k][j] = group[k].step(given);
            }
        }
        for (std::size_t j = 0; j < n_filling; ++j) at(n - n_filling + j) = passed[n_lanes - 1][j];
    }
};

/// A long signal is filtered as two halves at the same time: a recursion leaves the machine idle
/// most of the time. The second half begins from assumed states. The filter is linear: what the
/// true states would have added is added afterwards, for as long as it is more than rounding.
constexpr std::size_t long_signal = 4096;

void set_states(Group& group, double input) {
    for (State& state : group) {
        state.s = state.settled_s * input;
        state.r = state.settled_r * input;
    }
}

/// Adds to `n` values what the states of `group` give when nothing more comes in.
template <std::ptrdiff_t Step>
void add_ringing(Group& group, double* first, std::size_t n) {
    const auto greatest = [&] {
        double size = 0.0;
        for (const State& state : group) {
            size = std::max({size, std::abs(state.s), std::abs(state.r)});
        }
        return size;
    };
    const double negligible = 0x1p-70 * greatest();
    for (std::size_t i = 0; i < n; ++i) {
        double value = 0.0;
        for (State& state : group) value = state.step(value);
        first[Step * static_cast<std::ptrdiff_t>(i)] += value;
        if (i % 64 == 63 && greatest() <= negligible) return;
    }
}

template <std::ptrdiff_t Step>
TB_INLINE void run_lanes(Group& group, double* first, std::size_t n) {
    Pipeline<Step> whole;
    whole.first = first;
    whole.n = n;
    if (n < long_signal) {
        whole.begin(group);
        whole.finish(n_filling, group);
        return;
    }
    Pipeline<Step>& early = whole;
    Pipeline<Step> late;
    early.n = n / 2;
    late.first = first + Step * static_cast<std::ptrdiff_t>(early.n);
    late.n = n - early.n;
    Group assumed = group;
    set_states(assumed, *late.first);
    Group ringing = assumed;
    early.begin(group);
    late.begin(assumed);
    std::size_t i = n_filling;
    for (; i + 1 < early.n; i += 2) {
        early.step(i, early.before_last);
        late.step(i, late.before_last);
        early.step(i + 1, early.last);
        late.step(i + 1, late.last);
    }
    early.finish(i, group);
    late.finish(i, assumed);
    for (std::size_t k = 0; k < n_lanes; ++k) {
        ringing[k].s = group[k].s - ringing[k].s;
        ringing[k].r = group[k].r - ringing[k].r;
    }
    add_ringing<Step>(ringing, late.first, late.n);
}

TB_LANE_CLONES void run_forwards(Group& group, double* values, std::size_t n) {
    run_lanes<1>(group, values, n);
}
TB_LANE_CLONES void run_backwards(Group& group, double* values, std::size_t n) {
    run_lanes<-1>(group, values + (n - 1), n);
}

void run(std::vector<Group>& groups, double* values, std::size_t n, bool is_forwards) {
    const double input = is_forwards ? values[0] : values[n - 1];
    for (Group& group : groups) {
        set_states(group, input);
        if (n > n_filling) {
            is_forwards ? run_forwards(group, values, n) : run_backwards(group, values, n);
            continue;
        }
        for (std::size_t i = 0; i < n; ++i) {
            double& value = values[is_forwards ? i : n - 1 - i];
            for (State& state : group) value = state.step(value);
        }
    }
}

}  // namespace

void filter_in_place_both_ways(const Sections& sections, std::span<double> padded) {
    if (sections.empty()) {
        throw Error(ErrorKind::data, "a filter needs at least one section", {}, "ValueError");
    }
    const std::size_t padding = filter_padding(sections);
    const std::size_t total = padded.size();
    const std::size_t n = total < 2 * padding ? 0 : total - 2 * padding;
    if (n <= padding) {
        throw Error(
            ErrorKind::data,
            fmt::format("signal of {} samples is too short to filter: expected more than {}", n,
                        padding),
            {}, "ValueError");
    }
    double* const values = padded.data() + padding;
    double* const end = values + n;
    for (std::size_t i = 1; i <= padding; ++i) {
        *(values - i) = 2.0 * values[0] - values[i];
        end[i - 1] = 2.0 * end[-1] - *(end - 1 - i);
    }
    std::vector<Group> groups = groups_of(sections);
    run(groups, padded.data(), total, true);
    run(groups, padded.data(), total, false);
}

std::vector<double> filtered_both_ways(const Sections& sections, std::span<const double> values) {
    const std::size_t padding = sections.empty() ? 0 : filter_padding(sections);
    // Not a vector: its elements would be zeroed first.
    const std::size_t total = values.size() + 2 * padding;
    const auto work = std::make_unique_for_overwrite<double[]>(total);
    std::ranges::copy(values, work.get() + padding);
    filter_in_place_both_ways(sections, {work.get(), total});
    return {work.get() + padding, work.get() + padding + values.size()};
}

}  // namespace tb::signal
