#include "src/stats/nelder_mead.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tb::stats {

namespace {

using Vertex = std::vector<double>;

struct OutOfEvaluations {};

class Simplex {
  public:
    Simplex(const std::function<double(std::span<const double>)>& cost,
            std::span<const double> start, const NelderMeadOptions& options)
        : cost_(cost),
          options_(options),
          n_(start.size()),
          limit_(options.evaluations_per_dimension * n_),
          x_(n_ + 1, Vertex(start.begin(), start.end())),
          f_(n_ + 1, std::numeric_limits<double>::infinity()) {
        for (std::size_t k = 0; k < n_; ++k) {
            double& coordinate = x_[k + 1][k];
            coordinate = coordinate != 0.0 ? (1.0 + 0.05) * coordinate : 0.00025;
        }
    }

    Minimum run() {
        Minimum out;
        try {
            for (std::size_t k = 0; k <= n_; ++k) f_[k] = evaluate(x_[k]);
        } catch (const OutOfEvaluations&) {
        }
        sort();
        const std::size_t most_iterations = options_.iterations_per_dimension * n_;
        std::size_t iterations = 1;
        while (evaluations_ < limit_ && iterations < most_iterations) {
            if (is_small()) {
                out.is_converged = true;
                break;
            }
            try {
                step();
                ++iterations;
            } catch (const OutOfEvaluations&) {
            }
            sort();
        }
        out.x = x_[0];
        out.value = *std::min_element(f_.begin(), f_.end());
        out.iterations = iterations;
        out.evaluations = evaluations_;
        return out;
    }

  private:
    double evaluate(const Vertex& x) {
        if (evaluations_ >= limit_) throw OutOfEvaluations{};
        ++evaluations_;
        return cost_(x);
    }

    void sort() {
        std::vector<std::size_t> order(n_ + 1);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return f_[a] < f_[b]; });
        std::vector<Vertex> x;
        std::vector<double> f;
        for (const auto i : order) {
            x.push_back(std::move(x_[i]));
            f.push_back(f_[i]);
        }
        x_ = std::move(x);
        f_ = std::move(f);
    }

    [[nodiscard]] bool is_small() const {
        double x_spread = 0.0;
        double f_spread = 0.0;
        for (std::size_t k = 1; k <= n_; ++k) {
            for (std::size_t i = 0; i < n_; ++i)
                x_spread = std::max(x_spread, std::abs(x_[k][i] - x_[0][i]));
            f_spread = std::max(f_spread, std::abs(f_[0] - f_[k]));
        }
        return x_spread <= options_.x_tolerance && f_spread <= options_.f_tolerance;
    }

    /// a * centroid - b * worst, coordinate by coordinate.
    [[nodiscard]] Vertex along(const Vertex& centroid, double a, double b) const {
        Vertex out(n_);
        for (std::size_t i = 0; i < n_; ++i) out[i] = a * centroid[i] - b * x_[n_][i];
        return out;
    }

    void replace_worst(Vertex x, double f) {
        x_[n_] = std::move(x);
        f_[n_] = f;
    }

    void step() {
        Vertex centroid(n_);
        for (std::size_t i = 0; i < n_; ++i) {
            double sum = x_[0][i];
            for (std::size_t k = 1; k < n_; ++k) sum += x_[k][i];
            centroid[i] = sum / static_cast<double>(n_);
        }
        auto reflected = along(centroid, 2.0, 1.0);
        const double f_reflected = evaluate(reflected);
        if (f_reflected < f_[0]) {
            auto expanded = along(centroid, 3.0, 2.0);
            const double f_expanded = evaluate(expanded);
            if (f_expanded < f_reflected)
                replace_worst(std::move(expanded), f_expanded);
            else
                replace_worst(std::move(reflected), f_reflected);
            return;
        }
        if (f_reflected < f_[n_ - 1]) return replace_worst(std::move(reflected), f_reflected);
        if (f_reflected < f_[n_]) {
            auto outside = along(centroid, 1.5, 0.5);
            const double f_outside = evaluate(outside);
            if (f_outside <= f_reflected) return replace_worst(std::move(outside), f_outside);
        } else {
            auto inside = along(centroid, 0.5, -0.5);
            const double f_inside = evaluate(inside);
            if (f_inside < f_[n_]) return replace_worst(std::move(inside), f_inside);
        }
        for (std::size_t k = 1; k <= n_; ++k) {
            for (std::size_t i = 0; i < n_; ++i) x_[k][i] = x_[0][i] + 0.5 * (x_[k][i] - x_[0][i]);
            f_[k] = evaluate(x_[k]);
        }
    }

    const std::function<double(std::span<const double>)>& cost_;
    const NelderMeadOptions& options_;
    std::size_t n_;
    std::size_t limit_;
    std::size_t evaluations_ = 0;
    std::vector<Vertex> x_;  // ascending by f_ after sort()
    std::vector<double> f_;
};

}  // namespace

Minimum nelder_mead(const std::function<double(std::span<const double>)>& cost,
                    std::span<const double> start, const NelderMeadOptions& options) {
    if (start.empty()) throw Error(ErrorKind::data, "simplex: expected at least one start value");
    return Simplex(cost, start, options).run();
}

}  // namespace tb::stats
