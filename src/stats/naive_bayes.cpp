#include "src/stats/naive_bayes.hpp"

#include "src/stats/test_result.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include <fmt/format.h>

namespace tb::stats {

namespace {

struct ClassShape {
    double n = 0.0;
    std::vector<double> mean;
    std::vector<double> variance;
};

std::vector<double> column(const DesignMatrix& x, std::size_t k,
                           const std::vector<std::size_t>& rows) {
    std::vector<double> out;
    for (const std::size_t i : rows) out.push_back(x.row(i)[k]);
    return out;
}

void check(const DesignMatrix& x, std::span<const std::size_t> classes) {
    if (x.n_columns() == 0) throw value_error("naive Bayes: no measures");
    if (x.values.size() % x.n_columns() != 0 || x.n_rows() != classes.size()) {
        throw value_error(fmt::format(
            "naive Bayes: {} values of {} measures and {} classes, expected a row per class",
            x.values.size(), x.n_columns(), classes.size()));
    }
    require_finite(x.values, "naive Bayes: measures");
}

std::map<std::size_t, ClassShape> shapes_of(const DesignMatrix& x,
                                            std::span<const std::size_t> classes) {
    std::map<std::size_t, std::vector<std::size_t>> members;
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        members[classes[i]].push_back(i);
        all.push_back(i);
    }
    double greatest = 0.0;
    for (std::size_t k = 0; k < x.n_columns(); ++k) {
        greatest =
            std::max(greatest, sum_of_squares(column(x, k, all)) / static_cast<double>(all.size()));
    }
    if (greatest <= 0.0) throw no_variance("naive Bayes: no measure has any spread");
    std::map<std::size_t, ClassShape> out;
    for (const auto& [label, rows] : members) {
        ClassShape& shape = out[label];
        shape.n = static_cast<double>(rows.size());
        for (std::size_t k = 0; k < x.n_columns(); ++k) {
            const std::vector<double> values = column(x, k, rows);
            shape.mean.push_back(mean_of(values));
            shape.variance.push_back(sum_of_squares(values) / shape.n + 1e-9 * greatest);
        }
    }
    return out;
}

std::size_t likeliest(const std::map<std::size_t, ClassShape>& shapes, const double* measures) {
    std::size_t best = 0;
    double most = -std::numeric_limits<double>::infinity();
    for (const auto& [label, shape] : shapes) {
        // The number of all training rows is the same for every class.
        double log_chance = std::log(shape.n);
        for (std::size_t k = 0; k < shape.mean.size(); ++k) {
            const double distance = measures[k] - shape.mean[k];
            log_chance -= 0.5 * (std::log(2.0 * std::numbers::pi * shape.variance[k]) +
                                 distance * distance / shape.variance[k]);
        }
        if (log_chance > most) {
            most = log_chance;
            best = label;
        }
    }
    return best;
}

}  // namespace

std::vector<std::size_t> naive_bayes(const DesignMatrix& train,
                                     std::span<const std::size_t> classes,
                                     const DesignMatrix& test) {
    check(train, classes);
    if (test.n_columns() != train.n_columns()) {
        throw value_error(fmt::format("naive Bayes: trained on {} measures, asked about {}",
                                      train.n_columns(), test.n_columns()));
    }
    require_finite(test.values, "naive Bayes: measures");
    if (classes.empty()) throw too_few_values("naive Bayes: nothing to learn from");
    const auto shapes = shapes_of(train, classes);
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < test.n_rows(); ++i) out.push_back(likeliest(shapes, test.row(i)));
    return out;
}

std::vector<std::size_t> naive_bayes_leave_one_out(const DesignMatrix& x,
                                                   std::span<const std::size_t> classes) {
    check(x, classes);
    if (classes.size() < 2) {
        throw too_few_values("naive Bayes, leaving one out: expected at least two rows");
    }
    std::vector<std::size_t> out;
    for (std::size_t left_out = 0; left_out < classes.size(); ++left_out) {
        DesignMatrix others{x.names, {}};
        std::vector<std::size_t> their_classes;
        for (std::size_t i = 0; i < classes.size(); ++i) {
            if (i == left_out) continue;
            others.values.insert(others.values.end(), x.row(i), x.row(i) + x.n_columns());
            their_classes.push_back(classes[i]);
        }
        const DesignMatrix one{x.names, {x.row(left_out), x.row(left_out) + x.n_columns()}};
        out.push_back(naive_bayes(others, their_classes, one).front());
    }
    return out;
}

}  // namespace tb::stats
