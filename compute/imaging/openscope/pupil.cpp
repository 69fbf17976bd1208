#include "compute/imaging/openscope/pupil.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

std::vector<double> pupil_pixels(std::span<const double> mm) {
    std::vector<double> out;
    out.reserve(mm.size());
    for (const double value : mm) out.push_back(value / pupil_mm_per_pixel);
    return out;
}

std::vector<double> pupil_displacement(std::span<const double> x, std::span<const double> y) {
    if (x.size() != y.size()) {
        throw Error(ErrorKind::data,
                    fmt::format("pupil: {} positions x and {} positions y, expected as many",
                                x.size(), y.size()),
                    "Were both read from one file?", "ColumnLength");
    }
    std::vector<double> out(x.size(), nan);
    for (std::size_t i = 1; i < x.size(); ++i) {
        const double dx = x[i] - x[i - 1];
        const double dy = y[i] - y[i - 1];
        out[i] = std::sqrt(dx * dx + dy * dy);
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
