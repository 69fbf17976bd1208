#include "compute/photometry/responses.hpp"

#include "src/signal/lanes.hpp"
#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Least and greatest of times[i + 1] - times[i].
struct Steps {
    double least = infinity;
    double greatest = -infinity;
    bool are_numbers = true;
};

TB_LANE_CLONES Steps steps_of(const double* times, std::size_t n) {
    Steps out;
    std::size_t i = 0;
    signal::Lanes least = {infinity, infinity, infinity, infinity};
    signal::Lanes greatest = -least;
    signal::LaneBits is_odd = {0, 0, 0, 0};
    for (; i + 5 <= n; i += 4) {
        signal::Lanes here, next;
        signal::load(here, times + i);
        signal::load(next, times + i + 1);
        const signal::Lanes step = next - here;
        least = step < least ? step : least;
        greatest = step > greatest ? step : greatest;
        is_odd |= step != step;
    }
    for (int lane = 0; lane < 4; ++lane) {
        out.least = std::min(out.least, least[lane]);
        out.greatest = std::max(out.greatest, greatest[lane]);
        if (is_odd[lane] != 0) out.are_numbers = false;
    }
    for (; i + 1 < n; ++i) {
        const double step = times[i + 1] - times[i];
        out.least = std::min(out.least, step);
        out.greatest = std::max(out.greatest, step);
        if (std::isnan(step)) out.are_numbers = false;
    }
    return out;
}

int rate_from(double rate) {
    const double rounded = std::nearbyint(rate);
    if (!(rounded >= 1.0 && rounded <= 1e9)) {
        throw value_error(fmt::format("sampling rate of {} Hz: expected 1 Hz or more", rate));
    }
    return static_cast<int>(rounded);
}

int rounded_rate(const EvenTimes& times) {
    if (!(times.step_s > 0.0) || !std::isfinite(times.begin_s)) {
        throw value_error(
            fmt::format("evenly spaced times from {} by {} s: expected numbers and a "
                        "step above 0",
                        times.begin_s, times.step_s));
    }
    return rate_from(1.0 / times.step_s);
}

int rounded_rate(std::span<const double> times) {
    const Steps steps = steps_of(times.data(), times.size());
    if (!steps.are_numbers || steps.least < 0.0) {
        throw value_error("sample times: expected ascending numbers");
    }
    // The median lies between the least and the greatest step. Where both round to the same rate
    // there is no need to find it.
    const double fastest = std::nearbyint(1.0 / steps.least);
    if (fastest == std::nearbyint(1.0 / steps.greatest) && fastest >= 1.0) {
        return rate_from(fastest);
    }
    return rate_from(1.0 / signal::median_difference(times));
}

int rounded_rate(std::span<const float> times) {
    const std::vector<double> widened(times.begin(), times.end());
    const Steps steps = steps_of(widened.data(), widened.size());
    if (!steps.are_numbers || steps.least < 0.0) {
        throw value_error("sample times: expected ascending numbers");
    }
    const auto median = static_cast<float>(signal::median_difference(widened));
    return rate_from(static_cast<double>(1.0f / median));
}

/// Index of the first time at or after `moment`, beginning the search where an evenly sampled
/// signal has it.
template <class Times>
std::size_t first_at_or_after(const Times& times, double moment, double rate) {
    const std::size_t n = times.size();
    const double guess = (moment - static_cast<double>(times[0])) * rate;
    std::size_t at = guess <= 0.0                      ? 0
                     : guess >= static_cast<double>(n) ? n
                                                       : static_cast<std::size_t>(guess);
    constexpr int few = 8;
    int steps = 0;
    while (at < n && static_cast<double>(times[at]) < moment && steps < few) ++at, ++steps;
    if (steps == 0) {
        while (at > 0 && static_cast<double>(times[at - 1]) >= moment && steps < few) {
            --at, ++steps;
        }
    }
    const bool is_found = (at == n || static_cast<double>(times[at]) >= moment) &&
                          (at == 0 || static_cast<double>(times[at - 1]) < moment);
    if (is_found) return at;
    std::size_t low = 0;
    std::size_t high = n;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (static_cast<double>(times[middle]) < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/// Where the samples around an event lie.
struct EventSamples {
    bool is_valid = false;
    std::ptrdiff_t begin = 0;  ///< index of the first; may lie outside the signal
    std::size_t n_kept = 0;    ///< how many of the columns hold a value
};

struct Plan {
    int rate_hz = 0;
    std::size_t n_valid = 0;
    std::vector<double> offsets_s;
    std::vector<EventSamples> events;
};

/// @param lengths  per event, how long its row lasts [s]; empty: all to the window's end
template <class Times>
Plan plan(const Times& times, std::size_t n_values, std::span<const double> events, Window window,
          std::span<const double> lengths) {
    const std::size_t n = times.size();
    if (n_values != n) throw value_error(fmt::format("{} sample times but {} values", n, n_values));
    if (n < 2) throw value_error(fmt::format("{} samples: expected at least 2", n));
    if (!std::isfinite(window.begin_s) || !std::isfinite(window.end_s)) {
        throw value_error(fmt::format("window from {} to {} s: expected finite ends",
                                      window.begin_s, window.end_s));
    }
    Plan out;
    out.rate_hz = rounded_rate(times);
    const double rate = out.rate_hz;
    const double first_offset = std::nearbyint(window.begin_s * rate);
    const double width = std::max(0.0, std::nearbyint(window.end_s * rate) - first_offset);
    constexpr double most = 1e9;
    if (std::abs(first_offset) > most || width * static_cast<double>(events.size() + 1) > most) {
        throw value_error(fmt::format("window from {} to {} s around {} events: too many samples",
                                      window.begin_s, window.end_s, events.size()));
    }
    const auto n_samples = static_cast<std::size_t>(width);
    const auto offset = static_cast<std::ptrdiff_t>(first_offset);
    out.offsets_s.resize(n_samples);
    for (std::size_t j = 0; j < n_samples; ++j) {
        out.offsets_s[j] = (first_offset + static_cast<double>(j)) / rate;
    }
    out.events.resize(events.size());
    const auto first = static_cast<double>(times[0]);
    const auto last = static_cast<double>(times[n - 1]);
    for (std::size_t event = 0; event < events.size(); ++event) {
        const double moment = events[event];
        // False for NaN.
        const bool is_valid = moment + window.begin_s >= first && moment + window.end_s <= last;
        if (!is_valid) continue;
        ++out.n_valid;
        EventSamples& samples = out.events[event];
        samples.is_valid = true;
        samples.n_kept = n_samples;
        if (!lengths.empty() && std::isfinite(lengths[event])) {
            samples.n_kept = static_cast<std::size_t>(
                std::ranges::upper_bound(out.offsets_s, lengths[event]) - out.offsets_s.begin());
        }
        samples.begin =
            static_cast<std::ptrdiff_t>(first_at_or_after(times, moment, rate)) + offset;
    }
    return out;
}

/// Lengths of the rows and, as the window's end, the longest of them.
struct Lengths {
    std::vector<double> of_event;
    double longest = -infinity;
};

Lengths lengths_of(std::span<const double> events, double begin_s, std::span<const double> ends) {
    if (events.size() != ends.size()) {
        throw value_error(fmt::format("{} events but {} ends", events.size(), ends.size()));
    }
    Lengths out{std::vector<double>(events.size())};
    for (std::size_t event = 0; event < events.size(); ++event) {
        out.of_event[event] = ends[event] - events[event];
        if (out.of_event[event] > out.longest) out.longest = out.of_event[event];
    }
    if (out.longest == -infinity) out.longest = std::abs(begin_s);
    return out;
}

template <class Value>
PeriEvent<Value> cut(Plan plan, std::span<const Value> values) {
    PeriEvent<Value> out;
    out.rate_hz = plan.rate_hz;
    out.n_events = plan.events.size();
    out.n_valid = plan.n_valid;
    const std::size_t n_samples = plan.offsets_s.size();
    const auto n = static_cast<std::ptrdiff_t>(values.size());
    constexpr Value missing = std::numeric_limits<Value>::quiet_NaN();
    // Appended row by row, so that no element is written twice.
    out.values.reserve(plan.events.size() * n_samples);
    for (const EventSamples& samples : plan.events) {
        const std::ptrdiff_t begin = samples.begin;
        const std::ptrdiff_t end = begin + static_cast<std::ptrdiff_t>(samples.n_kept);
        if (begin >= 0 && end <= n) {
            out.values.insert(out.values.end(), values.data() + begin, values.data() + end);
        } else {
            for (std::ptrdiff_t i = begin; i < end; ++i) {
                out.values.push_back(
                    values[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, n - 1))]);
            }
        }
        out.values.insert(out.values.end(), n_samples - samples.n_kept, missing);
    }
    out.offsets_s = std::move(plan.offsets_s);
    return out;
}

/// Greatest |value| of those that are finite; -1 where none is. Several at a time, because each
/// comparison waits for the one before it.
template <class Value>
Value greatest_size(const Value* values, std::size_t n) {
    constexpr std::size_t n_together = 8;
    Value best[n_together];
    std::fill_n(best, n_together, Value{-1});
    const auto take = [](Value value, Value& into) {
        const Value size = std::abs(value);
        const Value counted = size <= std::numeric_limits<Value>::max() ? size : Value{-1};
        into = counted > into ? counted : into;
    };
    std::size_t i = 0;
    for (; i + n_together <= n; i += n_together) {
        for (std::size_t k = 0; k < n_together; ++k) take(values[i + k], best[k]);
    }
    for (; i < n; ++i) take(values[i], best[0]);
    return *std::max_element(best, best + n_together);
}

std::size_t checked_rows(std::size_t n_values, std::size_t n_samples) {
    if (n_samples == 0 ? n_values != 0 : n_values % n_samples != 0) {
        throw value_error(
            fmt::format("{} values do not fill rows of {} samples", n_values, n_samples));
    }
    return n_samples == 0 ? 0 : n_values / n_samples;
}

void check_columns(Columns columns, std::size_t n_samples) {
    if (columns.end > n_samples) {
        throw value_error(
            fmt::format("columns up to {} of rows of {} samples", columns.end, n_samples));
    }
}

/// NaN left out; NaN when nothing is left.
double mean_of(const double* begin, const double* end) {
    double sum = 0.0;
    double count = 0.0;
    for (; begin < end; ++begin) {
        if (std::isnan(*begin)) continue;
        sum += *begin;
        count += 1.0;
    }
    return count > 0.0 ? sum / count : nan;
}

}  // namespace

EvenTimes even_times(double begin_s, double rate_hz, std::size_t n) {
    return {.begin_s = begin_s, .step_s = (begin_s + 1.0 / rate_hz) - begin_s, .n = n};
}

template <class Times, class Value>
PeriEvent<Value> peri_event(Times times, std::span<const Value> values,
                            std::span<const double> events, Window window) {
    return cut(plan(times, values.size(), events, window, {}), values);
}

template <class Times, class Value>
PeriEvent<Value> peri_event_until(Times times, std::span<const Value> values,
                                  std::span<const double> events, double begin_s,
                                  std::span<const double> ends) {
    const Lengths lengths = lengths_of(events, begin_s, ends);
    return cut(plan(times, values.size(), events, {begin_s, lengths.longest}, lengths.of_event),
               values);
}

template <class Times, class Value>
std::vector<double> peri_event_peaks(Times times, std::span<const Value> values,
                                     std::span<const double> events, double begin_s,
                                     std::span<const double> ends) {
    const Lengths lengths = lengths_of(events, begin_s, ends);
    const Plan rows =
        plan(times, values.size(), events, {begin_s, lengths.longest}, lengths.of_event);
    const auto n = static_cast<std::ptrdiff_t>(values.size());
    std::vector<double> peaks;
    peaks.reserve(rows.events.size());
    for (const EventSamples& samples : rows.events) {
        const std::ptrdiff_t end = samples.begin + static_cast<std::ptrdiff_t>(samples.n_kept);
        // Outside the signal the row repeats its first or last value.
        std::ptrdiff_t i = std::clamp<std::ptrdiff_t>(samples.begin, 0, n - 1);
        const std::ptrdiff_t stop =
            samples.n_kept == 0 ? i : std::clamp<std::ptrdiff_t>(end, i + 1, n);
        const Value peak = greatest_size(values.data() + i, static_cast<std::size_t>(stop - i));
        peaks.push_back(peak < 0 ? nan : static_cast<double>(peak));
    }
    return peaks;
}

#define TB_PERI_EVENT(Times, Value)                                                               \
    template PeriEvent<Value> peri_event<Times, Value>(Times, std::span<const Value>,             \
                                                       std::span<const double>, Window);          \
    template PeriEvent<Value> peri_event_until<Times, Value>(                                     \
        Times, std::span<const Value>, std::span<const double>, double, std::span<const double>); \
    template std::vector<double> peri_event_peaks<Times, Value>(                                  \
        Times, std::span<const Value>, std::span<const double>, double, std::span<const double>)
TB_PERI_EVENT(std::span<const double>, double);
TB_PERI_EVENT(std::span<const double>, float);
TB_PERI_EVENT(std::span<const float>, float);
TB_PERI_EVENT(EvenTimes, double);
TB_PERI_EVENT(EvenTimes, float);
#undef TB_PERI_EVENT

Columns columns_within(std::span<const double> offsets_s, Window window) {
    const auto begin = std::ranges::lower_bound(offsets_s, window.begin_s);
    const auto end = std::ranges::lower_bound(offsets_s, window.end_s);
    const Columns columns{static_cast<std::size_t>(begin - offsets_s.begin()),
                          static_cast<std::size_t>(end - offsets_s.begin())};
    return {columns.begin, std::max(columns.begin, columns.end)};
}

void mask_after(std::span<double> values, std::span<const double> offsets_s,
                std::span<const double> until_s) {
    const std::size_t n_samples = offsets_s.size();
    if (values.size() != n_samples * until_s.size()) {
        throw value_error(fmt::format("{} values of {} events with {} samples each", values.size(),
                                      until_s.size(), n_samples));
    }
    for (std::size_t event = 0; event < until_s.size(); ++event) {
        if (std::isnan(until_s[event])) continue;
        const auto kept = static_cast<std::size_t>(
            std::ranges::upper_bound(offsets_s, until_s[event]) - offsets_s.begin());
        std::ranges::fill(values.subspan(event * n_samples + kept, n_samples - kept), nan);
    }
}

void mask_subsequent_events(
    std::span<const std::string> events, std::span<double> values,
    std::span<const double> offsets_s, std::span<const std::string> order,
    const std::function<std::optional<std::vector<double>>(std::string_view)>& times_of) {
    const std::size_t n_matrix = events.empty() ? 0 : values.size() / events.size();
    if (n_matrix * events.size() != values.size()) {
        throw value_error(
            fmt::format("{} values do not fill {} matrices", values.size(), events.size()));
    }
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        const auto found = std::ranges::find(events, order[i]);
        if (found == events.end()) continue;
        const auto own = times_of(order[i]);
        const auto next = times_of(order[i + 1]);
        if (!own || !next) continue;
        if (own->size() != next->size()) {
            throw value_error(fmt::format("{} times of {} but {} of {}", own->size(), order[i],
                                          next->size(), order[i + 1]));
        }
        std::vector<double> until_s(own->size());
        for (std::size_t trial = 0; trial < until_s.size(); ++trial) {
            until_s[trial] = (*next)[trial] - (*own)[trial];
        }
        const auto matrix = static_cast<std::size_t>(found - events.begin());
        mask_after(values.subspan(matrix * n_matrix, n_matrix), offsets_s, until_s);
    }
}

std::vector<double> row_means(std::span<const double> values, std::size_t n_samples,
                              Columns columns) {
    std::vector<double> means(checked_rows(values.size(), n_samples));
    check_columns(columns, n_samples);
    for (std::size_t row = 0; row < means.size(); ++row) {
        const double* const begin = values.data() + row * n_samples;
        means[row] = mean_of(begin + columns.begin, begin + columns.end);
    }
    return means;
}

void subtract_baseline(std::span<double> values, std::size_t n_samples, Columns baseline) {
    const std::size_t n_rows = checked_rows(values.size(), n_samples);
    check_columns(baseline, n_samples);
    for (std::size_t row = 0; row < n_rows; ++row) {
        double* const begin = values.data() + row * n_samples;
        const double mean = mean_of(begin + baseline.begin, begin + baseline.end);
        for (std::size_t i = 0; i < n_samples; ++i) begin[i] -= mean;
    }
}

void normalise_to_baseline(std::span<double> values, std::size_t n_samples, Columns baseline) {
    const std::size_t n_rows = checked_rows(values.size(), n_samples);
    check_columns(baseline, n_samples);
    const auto count = static_cast<double>(baseline.end - std::min(baseline.begin, baseline.end));
    for (std::size_t row = 0; row < n_rows; ++row) {
        double* const begin = values.data() + row * n_samples;
        double mean = 0.0;
        for (std::size_t i = baseline.begin; i < baseline.end; ++i) mean += begin[i];
        mean /= count;
        for (std::size_t i = 0; i < n_samples; ++i) begin[i] = (begin[i] - mean) / mean;
    }
}

std::vector<double> response_magnitudes(const PeriEvent<double>& responses,
                                        std::span<const double> until_s,
                                        const MagnitudeParams& params) {
    const std::size_t n_samples = responses.n_samples();
    if (responses.values.size() != responses.n_events * n_samples) {
        throw value_error(fmt::format("{} values of {} events with {} samples each",
                                      responses.values.size(), responses.n_events, n_samples));
    }
    if (!until_s.empty() && until_s.size() != responses.n_events) {
        throw value_error(fmt::format("{} events but {} ends", responses.n_events, until_s.size()));
    }
    const Columns early = columns_within(responses.offsets_s, params.early);
    const Columns baseline = columns_within(responses.offsets_s, params.baseline);
    std::vector<double> magnitudes(responses.n_events);
    for (std::size_t event = 0; event < magnitudes.size(); ++event) {
        std::size_t n_kept = n_samples;
        if (params.mask_subsequent && !until_s.empty() && !std::isnan(until_s[event])) {
            n_kept = static_cast<std::size_t>(
                std::ranges::upper_bound(responses.offsets_s, until_s[event]) -
                responses.offsets_s.begin());
        }
        const double* const row = responses.values.data() + event * n_samples;
        const auto kept_mean = [&](Columns columns, double minus) {
            double sum = 0.0;
            double count = 0.0;
            for (std::size_t i = columns.begin; i < std::min(columns.end, n_kept); ++i) {
                if (std::isnan(row[i])) continue;
                sum += row[i] - minus;
                count += 1.0;
            }
            return count > 0.0 ? sum / count : nan;
        };
        magnitudes[event] =
            kept_mean(early, params.subtract_baseline ? kept_mean(baseline, 0.0) : 0.0);
    }
    return magnitudes;
}

}  // namespace tb::compute::photometry
