#include "src/stats/lbfgs.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <vector>

namespace tb::stats {

namespace {

using Vector = Eigen::VectorXd;

/// A step and how the gradient changed over it.
struct Pair {
    Vector step;
    Vector change;
    double curvature;  ///< step . change, above 0
};

/// The inverse of the curvature that the pairs tell, times the gradient (two-loop recursion).
Vector direction_of(const Vector& gradient, const std::deque<Pair>& pairs) {
    Vector q = -gradient;
    std::vector<double> alpha(pairs.size());
    for (std::size_t i = pairs.size(); i-- > 0;) {
        alpha[i] = pairs[i].step.dot(q) / pairs[i].curvature;
        q -= alpha[i] * pairs[i].change;
    }
    if (!pairs.empty()) q *= pairs.back().curvature / pairs.back().change.squaredNorm();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const double beta = pairs[i].change.dot(q) / pairs[i].curvature;
        q += (alpha[i] - beta) * pairs[i].step;
    }
    return q;
}

struct Point {
    double step = 0.0;
    double value = 0.0;
    double slope = 0.0;  ///< along the line
    Vector x;
    Vector gradient;
};

class Line {
  public:
    Line(const ValueAndGradient& function, const Vector& from, const Vector& direction)
        : function_(function), from_(from), direction_(direction) {}

    [[nodiscard]] Point at(double step) const {
        Point point;
        point.step = step;
        point.x = from_ + step * direction_;
        point.gradient.resize(from_.size());
        point.value = function_(point.x, point.gradient);
        point.slope = point.gradient.dot(direction_);
        return point;
    }

  private:
    const ValueAndGradient& function_;
    const Vector& from_;
    const Vector& direction_;
};

/// The lowest point between two by the cubic through their values and slopes, kept away from both
/// ends.
double between(const Point& a, const Point& b) {
    const double low = std::min(a.step, b.step);
    const double width = std::abs(b.step - a.step);
    const double d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    const double square = d1 * d1 - a.slope * b.slope;
    double step = a.step + 0.5 * (b.step - a.step);
    if (square >= 0.0) {
        const double d2 = std::copysign(std::sqrt(square), b.step - a.step);
        const double cubic =
            b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
        if (std::isfinite(cubic)) step = cubic;
    }
    return std::clamp(step, low + 0.1 * width, low + 0.9 * width);
}

constexpr double enough_descent = 1e-4;
constexpr double enough_flatness = 0.9;

/// A point that meets Wolfe's conditions; empty when none is found.
std::optional<Point> wolfe_point(const Line& line, const Point& start, double first_step) {
    const auto is_low_enough = [&](const Point& point) {
        return point.value <= start.value + enough_descent * point.step * start.slope;
    };
    const auto is_flat_enough = [&](const Point& point) {
        return std::abs(point.slope) <= -enough_flatness * start.slope;
    };
    const auto zoom = [&](Point low, Point high) -> std::optional<Point> {
        for (int i = 0; i < 30; ++i) {
            Point middle = line.at(between(low, high));
            if (!is_low_enough(middle) || middle.value >= low.value) {
                high = std::move(middle);
                continue;
            }
            if (is_flat_enough(middle)) return middle;
            if (middle.slope * (high.step - low.step) >= 0.0) high = std::move(low);
            low = std::move(middle);
        }
        // Rounding hides the slope: a lower point will do.
        if (low.step > 0.0 && low.value < start.value) return low;
        return std::nullopt;
    };
    Point before = start;
    double step = first_step;
    for (int i = 0; i < 30; ++i) {
        Point point = line.at(step);
        if (!std::isfinite(point.value)) {
            step = 0.5 * (before.step + step);
            continue;
        }
        if (!is_low_enough(point) || (i > 0 && point.value >= before.value)) {
            return zoom(before, std::move(point));
        }
        if (is_flat_enough(point)) return point;
        if (point.slope >= 0.0) return zoom(std::move(point), before);
        before = std::move(point);
        step *= 2.0;
    }
    return std::nullopt;
}

}  // namespace

LbfgsResult lbfgs(const ValueAndGradient& function, Vector start, const LbfgsOptions& options) {
    Point here;
    here.x = std::move(start);
    here.gradient.resize(here.x.size());
    here.value = function(here.x, here.gradient);
    if (!std::isfinite(here.value) || !here.gradient.allFinite()) {
        throw value_error("l-bfgs: value or gradient at the start are not finite");
    }
    const auto is_at_bottom = [&] {
        return here.x.size() == 0 ||
               here.gradient.cwiseAbs().maxCoeff() <= options.gradient_tolerance;
    };
    std::deque<Pair> pairs;
    LbfgsResult result;
    while (!(result.is_converged = is_at_bottom()) && result.iterations < options.iterations) {
        Vector direction = direction_of(here.gradient, pairs);
        here.step = 0.0;
        here.slope = here.gradient.dot(direction);
        if (!(here.slope < 0.0)) {
            if (pairs.empty()) break;
            pairs.clear();
            continue;
        }
        const double first_step =
            pairs.empty() ? std::min(1.0, 1.0 / here.gradient.lpNorm<1>()) : 1.0;
        auto next = wolfe_point(Line(function, here.x, direction), here, first_step);
        if (!next) {
            if (pairs.empty()) break;
            pairs.clear();  // the curvature that was learnt misleads: begin anew from here
            continue;
        }
        Pair pair{next->x - here.x, next->gradient - here.gradient, 0.0};
        pair.curvature = pair.step.dot(pair.change);
        if (pair.curvature > 1e-12 * pair.change.squaredNorm()) {
            pairs.push_back(std::move(pair));
            if (pairs.size() > options.memory) pairs.pop_front();
        }
        here = std::move(*next);
        ++result.iterations;
    }
    result.x = std::move(here.x);
    result.value = here.value;
    return result;
}

}  // namespace tb::stats
