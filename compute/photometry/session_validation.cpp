#include "compute/photometry/session_validation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tb::compute::photometry {

Finding check_n_trials(std::size_t n_trials, std::size_t least) {
    if (n_trials >= least) return std::nullopt;
    return MetadataError{"InsufficientTrials",
                         fmt::format("{} trials, at least {} are needed", n_trials, least)};
}

std::vector<std::string> incomplete_events(std::span<const EventTimes> events, double least_share) {
    std::vector<std::string> incomplete;
    for (const EventTimes& event : events) {
        const auto present =
            std::ranges::count_if(event.times, [](double time) { return !std::isnan(time); });
        const double n = static_cast<double>(event.times.size());
        if (event.times.empty() || static_cast<double>(present) / n < least_share) {
            incomplete.push_back(event.event);
        }
    }
    return incomplete;
}

Finding check_event_completeness(std::span<const EventTimes> events, double least_share) {
    const auto incomplete = incomplete_events(events, least_share);
    if (incomplete.empty()) return std::nullopt;
    return MetadataError{"IncompleteEventTimes",
                         fmt::format("less than {:.0f} % of the trials have {}",
                                     100.0 * least_share, fmt::join(incomplete, ", "))};
}

Finding check_trials_in_photometry(std::span<const double> stim_on_s,
                                   std::span<const double> feedback_s, double first_sample_s,
                                   double last_sample_s) {
    double first = std::numeric_limits<double>::quiet_NaN();
    double last = first;
    for (const double time : stim_on_s) first = std::fmin(first, time);
    for (const double time : feedback_s) last = std::fmax(last, time);
    if (first >= first_sample_s && last <= last_sample_s) return std::nullopt;
    return MetadataError{
        "TrialsNotInPhotometryTime",
        fmt::format("trials from {:.3f} to {:.3f} s, photometry from {:.3f} to {:.3f} s", first,
                    last, first_sample_s, last_sample_s)};
}

Finding check_raw_qc(std::int64_t n_band_inversions, std::int64_t n_early_samples) {
    std::vector<std::string> problems;
    if (n_band_inversions > 0) problems.push_back("band inversions detected");
    if (n_early_samples > 0) problems.push_back("early samples detected");
    if (problems.empty()) return std::nullopt;
    return MetadataError{"QCValidationError", fmt::format("{}", fmt::join(problems, ", "))};
}

Finding check_unique_samples(std::span<const UniqueSamples> signals, double least_share) {
    std::vector<std::string> few;
    for (const UniqueSamples& signal : signals) {
        if (signal.share < least_share) {
            few.push_back(
                fmt::format("{}/{}={:.3f}", signal.brain_region, signal.band, signal.share));
        }
    }
    if (few.empty()) return std::nullopt;
    return MetadataError{"FewUniqueSamples",
                         fmt::format("few distinct values: {}", fmt::join(few, ", "))};
}

RegionMapping map_columns_to_regions(std::span<const std::string> columns,
                                     std::span<const std::string> regions) {
    RegionMapping mapping{.columns = {columns.begin(), columns.end()}, .error = std::nullopt};
    if (regions.empty()) return mapping;
    std::vector<std::string> renamed = mapping.columns;
    for (std::string& column : renamed) {
        if (std::ranges::find(regions, column) != regions.end()) continue;
        std::vector<std::string> matches;
        for (const std::string& region : regions) {
            if (region.substr(0, region.rfind('-')) == column) matches.push_back(region);
        }
        if (matches.size() != 1) {
            mapping.error =
                MetadataError{"AmbiguousRegionMapping",
                              fmt::format("column '{}' fits {} of the listed regions ({})", column,
                                          matches.size(), fmt::join(regions, ", "))};
            return mapping;
        }
        column = matches.front();
    }
    mapping.columns = std::move(renamed);
    return mapping;
}

}  // namespace tb::compute::photometry
