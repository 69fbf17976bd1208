#include "src/signal/butterworth.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <memory>
#include <numbers>
#include <utility>

#include <fmt/format.h>

namespace tb::signal {

namespace {

/// Two doubles, one per signal (or one signal twice).
using Pair = double __attribute__((vector_size(16)));

/// A section of a pair of filters in the form that makes the way from one sample to the next
/// short: y = b0 x + s; s' = c1 x - a1 s + r; r' = c2 x - a2 s, with c1 = b1 - a1 b0, c2 = b2 - a2
/// b0. The same filter as the transposed direct form, whose states s and r are.
struct PairSection {
    Pair b0, c1, c2, a1, a2;
    Pair settled_s, settled_r;  ///< states after a unit input has stood for ever
};

std::vector<PairSection> paired(const Sections& first, const Sections& second) {
    std::vector<PairSection> out(first.size());
    double gain[2] = {1.0, 1.0};  // of the sections before, for a standing input
    for (std::size_t k = 0; k < out.size(); ++k) {
        for (int lane = 0; lane < 2; ++lane) {
            const Section& section = lane == 0 ? first[k] : second[k];
            PairSection& to = out[k];
            to.b0[lane] = section.b0;
            to.c1[lane] = section.b1 - section.a1 * section.b0;
            to.c2[lane] = section.b2 - section.a2 * section.b0;
            to.a1[lane] = section.a1;
            to.a2[lane] = section.a2;
            // s + r settle where s = c1 - a1 s + r and r = c2 - a2 s for x = 1.
            const double settled_s = (to.c1[lane] + to.c2[lane]) / (1.0 + section.a1 + section.a2);
            to.settled_s[lane] = gain[lane] * settled_s;
            to.settled_r[lane] = gain[lane] * (to.c2[lane] - section.a2 * settled_s);
            gain[lane] *= section.b0 + settled_s;
        }
    }
    return out;
}

/// Filters `n` pairs in place, by steps of `step` pairs (-1: backwards, beginning at the last).
template <std::size_t S>
void run(const PairSection* sections, double* values, std::size_t n, std::ptrdiff_t step) {
    Pair s[S], r[S];
    PairSection section[S];
    double* at = step > 0 ? values : values + 2 * (n - 1);
    Pair x;
    std::memcpy(&x, at, sizeof x);
    for (std::size_t k = 0; k < S; ++k) {
        section[k] = sections[k];
        s[k] = section[k].settled_s * x;
        r[k] = section[k].settled_r * x;
    }
    for (std::size_t i = 0; i < n; ++i, at += 2 * step) {
        std::memcpy(&x, at, sizeof x);
        for (std::size_t k = 0; k < S; ++k) {
            const Pair y = section[k].b0 * x + s[k];
            const Pair next_r = section[k].c2 * x - section[k].a2 * s[k];
            s[k] = (section[k].c1 * x + r[k]) - section[k].a1 * s[k];
            r[k] = next_r;
            x = y;
        }
        std::memcpy(at, &x, sizeof x);
    }
}

void run(const std::vector<PairSection>& sections, double* values, std::size_t n,
         std::ptrdiff_t step) {
    // Cascades run together in registers where they are short, else in groups. A group's standing
    // states hold for the input of the whole cascade, so they are scaled to the group's own input.
    if (sections.size() <= 4) {
        switch (sections.size()) {
            case 1:
                return run<1>(sections.data(), values, n, step);
            case 2:
                return run<2>(sections.data(), values, n, step);
            case 3:
                return run<3>(sections.data(), values, n, step);
            default:
                return run<4>(sections.data(), values, n, step);
        }
    }
    double* const first = step > 0 ? values : values + 2 * (n - 1);
    Pair input;
    std::memcpy(&input, first, sizeof input);
    for (const PairSection& one : sections) {
        Pair s = one.settled_s * input;
        Pair r = one.settled_r * input;
        double* at = first;
        for (std::size_t i = 0; i < n; ++i, at += 2 * step) {
            Pair x;
            std::memcpy(&x, at, sizeof x);
            const Pair y = one.b0 * x + s;
            const Pair next_r = one.c2 * x - one.a2 * s;
            s = (one.c1 * x + r) - one.a1 * s;
            r = next_r;
            std::memcpy(at, &y, sizeof y);
        }
    }
}

using Complex = std::complex<double>;

Complex fused_product(const Complex& a, const Complex& b) {
    return {std::fma(a.real(), b.real(), -(a.imag() * b.imag())),
            std::fma(a.real(), b.imag(), a.imag() * b.real())};
}

/// By Smith's method.
Complex quotient(const Complex& a, const Complex& b) {
    if (std::abs(b.real()) >= std::abs(b.imag())) {
        const double ratio = b.imag() / b.real();
        const double scale = 1.0 / (b.real() + b.imag() * ratio);
        return {(a.real() + a.imag() * ratio) * scale, (a.imag() - a.real() * ratio) * scale};
    }
    const double ratio = b.real() / b.imag();
    const double scale = 1.0 / (b.imag() + b.real() * ratio);
    return {(a.real() * ratio + a.imag()) * scale, (a.imag() * ratio - a.real()) * scale};
}

/// States of a section in transposed direct form after a unit input of the cascade has stood for
/// ever.
struct StandingState {
    double first = 0.0;
    double second = 0.0;
};

std::vector<StandingState> standing_states(const Sections& sections) {
    std::vector<StandingState> out;
    double scale = 1.0;
    for (const Section& section : sections) {
        // (1 + a1) s - r = c1 and a2 s + r = c2 by elimination, the larger pivot first.
        double pivot = 1.0 + section.a1;
        double other = section.a2;
        double pivot_r = -1.0;
        double c_pivot = section.b1 - section.a1 * section.b0;
        double c_other = section.b2 - section.a2 * section.b0;
        if (std::abs(other) > std::abs(pivot)) {
            std::swap(pivot, other);
            std::swap(c_pivot, c_other);
            pivot_r = 1.0;
        }
        const double factor = other * (1.0 / pivot);
        const double r = (c_other - factor * c_pivot) / (-pivot_r - factor * pivot_r);
        const double s = (c_pivot - pivot_r * r) / pivot;
        out.push_back({scale * s, scale * r});
        scale *= (section.b0 + section.b1 + section.b2) / (1.0 + section.a1 + section.a2);
    }
    return out;
}

/// Filters in place from `at` on by steps of `step`.
void run_in_reference_order(const Sections& sections, const std::vector<StandingState>& standing,
                            double* at, std::size_t n, std::ptrdiff_t step) {
    std::vector<StandingState> states = standing;
    for (StandingState& state : states) {
        state.first *= *at;
        state.second *= *at;
    }
    for (std::size_t i = 0; i < n; ++i, at += step) {
        double x = *at;
        for (std::size_t k = 0; k < sections.size(); ++k) {
            const Section& section = sections[k];
            StandingState& state = states[k];
            const double y = section.b0 * x + state.first;
            state.first = section.b1 * x - section.a1 * y + state.second;
            state.second = section.b2 * x - section.a2 * y;
            x = y;
        }
        *at = x;
    }
}

void check_length(const Sections& sections, std::size_t n) {
    if (sections.empty()) throw value_error("a filter needs at least one section");
    const std::size_t padding = filter_padding(sections);
    if (n <= padding) {
        throw value_error(fmt::format(
            "signal of {} samples is too short to filter: expected more than {}", n, padding));
    }
}

}  // namespace

Sections butterworth_lowpass(int order, double cutoff_hz, double rate_hz) {
    if (order < 1 || order > 50) {
        throw value_error(fmt::format("filter order {}: expected 1 to 50", order));
    }
    if (!(rate_hz > 0.0) || !std::isfinite(rate_hz)) {
        throw value_error(fmt::format("sampling rate {} Hz: expected a positive number", rate_hz));
    }
    if (!(cutoff_hz > 0.0 && cutoff_hz < rate_hz / 2.0)) {
        throw value_error(
            fmt::format("cut-off {} Hz: expected above 0 and below half the sampling "
                        "rate of {} Hz",
                        cutoff_hz, rate_hz));
    }
    // Bilinear transform z = (4 + s)/(4 - s) in units where the sampling rate is 2. Operations and
    // their order are numpy's, fused where it fuses them.
    const double share_of_nyquist = cutoff_hz / rate_hz * 2.0;
    const double warped = 4.0 * std::tan(std::numbers::pi * share_of_nyquist / 2.0);
    Complex product = 1.0;
    std::vector<Complex> poles;  // one of each conjugate pair, and the real one
    for (int m = 1 - order; m < order; m += 2) {
        const double angle = std::numbers::pi * m * (1.0 / (2.0 * order));
        const Complex analog = {-warped * std::cos(angle), -warped * std::sin(angle)};
        product = fused_product(product, {4.0 - analog.real(), -analog.imag()});
        if (m <= 0) {
            poles.push_back(quotient({4.0 + analog.real(), analog.imag()},
                                     {4.0 - analog.real(), -analog.imag()}));
        }
    }
    // Ascending distance from the unit circle is the last section first.
    std::ranges::stable_sort(poles, {}, [](const Complex& pole) { return std::abs(pole); });

    // All zeros are at -1. With odd order there is one zero and pole at 0 too many, so that all
    // sections are of second order: the pole goes to the real pole's section, the zero to the last.
    Sections sections;
    for (const Complex& pole : poles) {
        Section section{.b0 = 1.0, .b1 = 2.0, .b2 = 1.0};
        const bool is_single = order % 2 == 1 && std::abs(pole.imag()) < 1e-300;
        if (is_single) {
            section.a1 = -pole.real();
        } else {
            section.a1 = -2.0 * pole.real();
            section.a2 = std::norm(pole);
        }
        sections.push_back(section);
    }
    if (order % 2 == 1) {
        sections.back().b1 = 1.0;
        sections.back().b2 = 0.0;
    }
    const double gain = std::pow(warped, order) * quotient(1.0, product).real();
    sections.front().b0 *= gain;
    sections.front().b1 *= gain;
    sections.front().b2 *= gain;
    return sections;
}

std::size_t filter_padding(const Sections& sections) {
    const auto single_zeros = std::ranges::count(sections, 0.0, &Section::b2);
    const auto single_poles = std::ranges::count(sections, 0.0, &Section::a2);
    const auto fewer = static_cast<std::size_t>(std::min(single_zeros, single_poles));
    return 3 * (2 * sections.size() + 1 - fewer);
}

std::size_t filter_memory(const Sections& sections) {
    double slowest = 0.0;  // distance of a pole from the origin
    for (const Section& section : sections) {
        const double half = section.a1 / 2.0;
        const double spread = half * half - section.a2;
        slowest = std::max(
            slowest, spread <= 0.0 ? std::sqrt(section.a2) : std::abs(half) + std::sqrt(spread));
    }
    if (slowest <= 0.0) return 2 * sections.size();
    return 2 * sections.size() +
           static_cast<std::size_t>(std::ceil(-53.0 * std::numbers::ln2 / std::log(slowest)));
}

std::vector<double> filtered_both_ways_in_reference_order(const Sections& sections,
                                                          std::span<const double> values) {
    const std::size_t n = values.size();
    check_length(sections, n);
    const std::size_t padding = filter_padding(sections);
    std::vector<double> work;
    work.reserve(n + 2 * padding);
    for (std::size_t i = padding; i > 0; --i) work.push_back(2.0 * values[0] - values[i]);
    work.insert(work.end(), values.begin(), values.end());
    for (std::size_t i = 1; i <= padding; ++i) {
        work.push_back(2.0 * values[n - 1] - values[n - 1 - i]);
    }
    const std::vector<StandingState> standing = standing_states(sections);
    run_in_reference_order(sections, standing, work.data(), work.size(), 1);
    run_in_reference_order(sections, standing, work.data() + work.size() - 1, work.size(), -1);
    work.erase(work.begin(), work.begin() + static_cast<std::ptrdiff_t>(padding));
    work.resize(n);
    return work;
}

void filter_two_both_ways(const Sections& first_sections, std::span<const double> first,
                          const Sections& second_sections, std::span<const double> second,
                          std::span<double> first_out, std::span<double> second_out) {
    const std::size_t n = first.size();
    check_length(first_sections, n);
    const std::size_t padding = filter_padding(first_sections);
    if (second.size() != n || first_out.size() != n || second_out.size() != n) {
        throw value_error(fmt::format("two signals of {} and {} samples: expected equal lengths", n,
                                      second.size()));
    }
    if (second_sections.size() != first_sections.size() ||
        filter_padding(second_sections) != padding) {
        throw value_error("two filters of different structure cannot run together");
    }
    const std::vector<PairSection> sections = paired(first_sections, second_sections);
    const std::size_t total = n + 2 * padding;
    // Not a vector: its elements would be zeroed first.
    const auto work = std::make_unique_for_overwrite<double[]>(2 * total);
    double* at = work.get();
    const auto put = [&](double a, double b) {
        at[0] = a;
        at[1] = b;
        at += 2;
    };
    for (std::size_t i = padding; i > 0; --i) {
        put(2.0 * first[0] - first[i], 2.0 * second[0] - second[i]);
    }
    for (std::size_t i = 0; i < n; ++i) put(first[i], second[i]);
    for (std::size_t i = 1; i <= padding; ++i) {
        put(2.0 * first[n - 1] - first[n - 1 - i], 2.0 * second[n - 1] - second[n - 1 - i]);
    }
    run(sections, work.get(), total, 1);
    run(sections, work.get(), total, -1);
    at = work.get() + 2 * padding;
    for (std::size_t i = 0; i < n; ++i) {
        first_out[i] = at[2 * i];
        second_out[i] = at[2 * i + 1];
    }
}

}  // namespace tb::signal
