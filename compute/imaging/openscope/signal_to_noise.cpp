#include "compute/imaging/openscope/signal_to_noise.hpp"

#include "compute/imaging/openscope/pairwise_sum.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

constexpr double normal_95th = 1.6448536269514722;  // quantile of the standard normal at 0.95

template <class T>
T median_of(std::span<const T> trace) {
    std::vector<T> values(trace.begin(), trace.end());
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return (*std::max_element(values.begin(), middle) + *middle) / T(2);
}

template <class T>
SignalToNoise ratio_of(std::span<const T> trace) {
    if (trace.empty()) throw value_error("signal to noise: an empty trace, expected samples");
    for (std::size_t i = 0; i < trace.size(); ++i) {
        if (std::isnan(trace[i])) {
            throw Error(ErrorKind::data,
                        fmt::format("signal to noise: sample {} is missing, expected a number", i),
                        "Leave cells with missing samples out first.", "UnexpectedNaN");
        }
    }
    const T median = median_of(trace);
    std::vector<T> noise;
    for (const T value : trace)
        if (value <= median) noise.push_back(value);
    const std::size_t n_low = noise.size();
    for (std::size_t i = 0; i < n_low; ++i) noise.push_back(T(2) * median - noise[i]);
    const T noise_mean = pairwise_mean<T>(noise);
    const T noise_sd = standard_deviation<T>(noise);
    const double threshold =
        static_cast<double>(noise_mean) + normal_95th * static_cast<double>(noise_sd);
    std::vector<T> signal;
    for (const T value : trace)
        if (value > static_cast<T>(threshold)) signal.push_back(value);
    const T signal_mean = pairwise_mean<T>(signal);
    return {.ratio = signal_mean / noise_sd,
            .median = median,
            .noise_mean = noise_mean,
            .noise_sd = noise_sd,
            .noise_threshold = threshold,
            .signal_mean = signal_mean};
}

}  // namespace

SignalToNoise signal_to_noise(std::span<const float> trace) {
    return ratio_of(trace);
}

SignalToNoise signal_to_noise(std::span<const double> trace) {
    return ratio_of(trace);
}

}  // namespace tb::compute::imaging::openscope
