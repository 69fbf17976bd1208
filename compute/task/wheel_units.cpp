#include "compute/task/wheel_units.hpp"

#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::compute::task {

WheelUnits wheel_units(std::span<const double> position) {
    std::vector<double> steps;
    steps.reserve(position.size());
    for (std::size_t i = 1; i < position.size(); ++i) {
        const double step = std::abs(position[i] - position[i - 1]);
        if (!std::isnan(step)) steps.push_back(step);
    }
    if (steps.empty()) {
        throw Error(ErrorKind::data, "wheel without a step: cannot tell its unit", {},
                    "ValueError");
    }
    const double step = signal::median(steps);
    WheelUnits best;
    double least = std::numeric_limits<double>::infinity();
    for (const char* unit : {"rad", "cm"}) {
        const double turn = std::string_view(unit) == "rad" ? 2.0 * std::numbers::pi
                                                            : wheel_diameter_cm * std::numbers::pi;
        for (const auto& [resolution, encoding] :
             {std::pair{4096, "X4"}, std::pair{2048, "X2"}, std::pair{1024, "X1"}}) {
            const double distance = std::abs(turn / resolution - step);
            if (distance < least) {
                least = distance;
                best = {unit, resolution, encoding};
            }
        }
    }
    return best;
}

std::size_t count_steps(std::span<const double> position) {
    std::size_t count = 0;
    for (std::size_t i = 1; i < position.size(); ++i)
        if (std::abs(position[i] - position[i - 1]) > 0.0) ++count;
    return count;
}

MovementParams movement_params(const WheelUnits& units, const MovementParams& in_samples) {
    const auto converted = [&](double samples) {
        const double cm = samples_to_cm(samples, units.resolution);
        return units.unit == "rad" ? cm_to_rad(cm) : cm;
    };
    MovementParams out = in_samples;
    out.position_threshold = converted(in_samples.position_threshold);
    out.onset_threshold = converted(in_samples.onset_threshold);
    return out;
}

}  // namespace tb::compute::task
