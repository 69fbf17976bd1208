#include "compute/photometry/session_crop.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::compute::photometry {

std::vector<Crop> restrict_to_session(std::span<const std::span<const double>> bands,
                                      double first_trial_start_s, double last_trial_end_s,
                                      double before_s, double after_s) {
    const double low = first_trial_start_s - before_s;
    const double high = last_trial_end_s + after_s;
    if (std::isnan(low) || std::isnan(high)) {
        throw Error(ErrorKind::data, "start or end of the session's trials is not known", {},
                    "ValueError");
    }
    std::vector<Crop> crops;
    std::size_t shortest = std::numeric_limits<std::size_t>::max();
    for (const std::span<const double> times : bands) {
        if (!std::ranges::is_sorted(times) ||
            (!times.empty() && (std::isnan(times.front()) || std::isnan(times.back())))) {
            throw Error(ErrorKind::data,
                        fmt::format("times of band {} are not ascending", crops.size()), {},
                        "ValueError");
        }
        const auto first = std::ranges::upper_bound(times, low);
        const auto last = std::lower_bound(first, times.end(), high);
        const auto count = static_cast<std::size_t>(last - first);
        crops.push_back({static_cast<std::size_t>(first - times.begin()), count, count});
        shortest = std::min(shortest, crops.back().count);
    }
    for (Crop& crop : crops) crop.count = shortest;
    return crops;
}

}  // namespace tb::compute::photometry
