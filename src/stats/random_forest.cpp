#include "src/stats/random_forest.hpp"

#include "src/stats/split_random.hpp"
#include "src/stats/test_result.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tb::stats {

namespace {

/// Measures and classes in the shape that growing wants: classes counted from 0, each measure's
/// values beside each other, and its rows sorted once. A node then has its rows in the order of
/// every measure by passing over them.
struct Sorted {
    std::size_t n_rows = 0;
    std::size_t n_measures = 0;
    std::vector<std::size_t> names;       ///< of the classes, ascending
    std::vector<std::uint32_t> class_of;  ///< shape (n_rows)
    std::vector<double> value;            ///< shape (n_measures, n_rows)
    std::vector<std::uint32_t> row_at;    ///< rows ascending by value, shape (n_measures, n_rows)
};

Sorted sorted(const DesignMatrix& x, std::span<const std::size_t> classes) {
    Sorted out;
    out.n_rows = x.n_rows();
    out.n_measures = x.n_columns();
    out.names.assign(classes.begin(), classes.end());
    std::ranges::sort(out.names);
    out.names.erase(std::ranges::unique(out.names).begin(), out.names.end());
    for (const std::size_t one : classes) {
        out.class_of.push_back(static_cast<std::uint32_t>(std::ranges::lower_bound(out.names, one) -
                                                          out.names.begin()));
    }
    out.value.resize(out.n_measures * out.n_rows);
    out.row_at.resize(out.n_measures * out.n_rows);
    for (std::size_t m = 0; m < out.n_measures; ++m) {
        double* const value = out.value.data() + m * out.n_rows;
        for (std::size_t i = 0; i < out.n_rows; ++i) value[i] = x.row(i)[m];
        const std::span row_at(out.row_at.data() + m * out.n_rows, out.n_rows);
        std::iota(row_at.begin(), row_at.end(), 0U);
        std::ranges::stable_sort(row_at, {}, [&](std::uint32_t row) { return value[row]; });
    }
    return out;
}

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

/// Grows branches of trees, with the room that they need.
class Grower {
  public:
    Grower(const Sorted& data, std::size_t n_tried)
        : data_(data),
          n_tried_(n_tried),
          weight_(data.n_rows),
          rows_(data.n_measures * data.n_rows),
          order_(data.n_measures),
          all_(data.names.size()),
          left_(data.names.size()) {}

    /// Adds the vote of one tree, grown on all rows but `left_out`, to `votes`.
    void vote(std::span<const double> row, std::size_t left_out, SplitRandom& random,
              std::vector<double>& votes) {
        draw(left_out, random);
        while (count() > 1) {
            const Split split = best_split(random);
            if (split.measure == nobody) break;
            descend(split, row[split.measure] <= split.threshold);
        }
        for (std::size_t c = 0; c < votes.size(); ++c) votes[c] += all_[c] / n_all_;
    }

  private:
    struct Split {
        std::size_t measure = nobody;
        double threshold = 0.0;
        double score = -1.0;
    };

    [[nodiscard]] std::uint32_t* rows(std::size_t measure) {
        return rows_.data() + measure * data_.n_rows;
    }
    [[nodiscard]] const double* values(std::size_t measure) const {
        return data_.value.data() + measure * data_.n_rows;
    }

    /// The tree's sample: how often each row is in it. The first node has all of them.
    void draw(std::size_t left_out, SplitRandom& random) {
        std::ranges::fill(weight_, 0.0);
        const std::size_t n = data_.n_rows - (left_out == nobody ? 0 : 1);
        for (std::size_t k = 0; k < n; ++k) {
            std::size_t row = random.below(static_cast<std::uint32_t>(n));
            if (row >= left_out) ++row;
            weight_[row] += 1.0;
        }
        keep([this](std::uint32_t row) { return weight_[row] > 0.0; }, data_.row_at.data(),
             data_.n_rows);
    }

    /// Takes the rows of `from` for which `is_kept` holds, in the order of every measure.
    template <class Condition>
    void keep(Condition is_kept, const std::uint32_t* from, std::size_t n) {
        for (std::size_t m = 0; m < data_.n_measures; ++m) {
            const std::uint32_t* const source = from + m * data_.n_rows;
            std::uint32_t* const target = rows(m);
            n_rows_ = 0;
            for (std::size_t i = 0; i < n; ++i) {
                if (is_kept(source[i])) target[n_rows_++] = source[i];
            }
        }
    }

    void descend(const Split& split, bool goes_left) {
        const double* const value = values(split.measure);
        keep([&](std::uint32_t row) { return (value[row] <= split.threshold) == goes_left; },
             rows_.data(), n_rows_);
    }

    /// Counts the node's classes. @return how many occur
    std::size_t count() {
        std::ranges::fill(all_, 0.0);
        n_all_ = 0.0;
        for (std::size_t i = 0; i < n_rows_; ++i) {
            all_[data_.class_of[rows_[i]]] += weight_[rows_[i]];
            n_all_ += weight_[rows_[i]];
        }
        return static_cast<std::size_t>(
            std::ranges::count_if(all_, [](double n) { return n > 0.0; }));
    }

    /// The best split of the measures tried; of none where no measure varies in the node.
    Split best_split(SplitRandom& random) {
        Split best;
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::size_t n_tried = 0;
        for (std::size_t k = 0; k < order_.size() && n_tried < n_tried_; ++k) {
            const std::size_t other =
                k + random.below(static_cast<std::uint32_t>(order_.size() - k));
            std::swap(order_[k], order_[other]);
            const std::size_t measure = order_[k];
            const double* const value = values(measure);
            if (!(value[rows(measure)[n_rows_ - 1]] > value[rows(measure)[0]])) continue;
            try_measure(measure, best);
            ++n_tried;
        }
        return best;
    }

    /// Gini's impurity of both sides together falls most where the sum over the sides of (sum of
    /// squared counts) / count is greatest; both are kept up to date row by row.
    void try_measure(std::size_t measure, Split& best) {
        const double* const value = values(measure);
        const std::uint32_t* const row_at = rows(measure);
        std::ranges::fill(left_, 0.0);
        double left_squares = 0.0;
        double right_squares = 0.0;
        for (const double n : all_) right_squares += n * n;
        double n_left = 0.0;
        for (std::size_t i = 0; i + 1 < n_rows_; ++i) {
            const std::uint32_t row = row_at[i];
            const double n = weight_[row];
            double& left = left_[data_.class_of[row]];
            const double right = all_[data_.class_of[row]] - left;
            left_squares += n * (2.0 * left + n);
            right_squares -= n * (2.0 * right - n);
            left += n;
            n_left += n;
            const double here = value[row];
            const double next = value[row_at[i + 1]];
            if (!(next > here)) continue;
            const double score = left_squares / n_left + right_squares / (n_all_ - n_left);
            if (score <= best.score) continue;
            const double middle = here + 0.5 * (next - here);
            best = {measure, middle < next ? middle : here, score};
        }
    }

    const Sorted& data_;
    std::size_t n_tried_;
    std::vector<double> weight_;       // of each row in the tree's sample
    std::vector<std::uint32_t> rows_;  // of the node, ascending by each measure
    std::size_t n_rows_ = 0;           // of the node
    std::vector<std::size_t> order_;   // of the measures as they are tried
    std::vector<double> all_;          // weight of each class in the node
    double n_all_ = 0.0;               // their sum
    std::vector<double> left_;         // of each class left of a split
};

void check(const DesignMatrix& x, std::span<const std::size_t> classes,
           const RandomForestOptions& options) {
    if (x.n_columns() == 0) throw value_error("random forest: no measures");
    if (x.values.size() % x.n_columns() != 0 || x.n_rows() != classes.size()) {
        throw value_error(fmt::format(
            "random forest: {} values of {} measures and {} classes, expected a row per class",
            x.values.size(), x.n_columns(), classes.size()));
    }
    if (options.n_trees == 0) throw value_error("random forest: no trees");
    require_finite(x.values, "random forest: measures");
}

std::size_t n_tried(const DesignMatrix& x, const RandomForestOptions& options) {
    if (options.n_tried > 0) return std::min(options.n_tried, x.n_columns());
    const auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(x.n_columns())));
    return std::max<std::size_t>(1, root);
}

/// The class that a forest tells, without looking at the row `left_out`.
std::size_t told(const Sorted& data, Grower& grower, std::span<const double> row,
                 std::size_t left_out, std::uint64_t stream, const RandomForestOptions& options) {
    SplitRandom random(options.seed, stream);
    std::vector<double> votes(data.names.size(), 0.0);
    for (std::size_t tree = 0; tree < options.n_trees; ++tree) {
        grower.vote(row, left_out, random, votes);
    }
    return data.names[static_cast<std::size_t>(std::ranges::max_element(votes) - votes.begin())];
}

}  // namespace

std::size_t random_forest(const DesignMatrix& train, std::span<const std::size_t> classes,
                          std::span<const double> row, const RandomForestOptions& options) {
    check(train, classes, options);
    if (train.n_rows() == 0) throw too_few_values("random forest: no rows to learn from");
    if (row.size() != train.n_columns()) {
        throw value_error(fmt::format("random forest: {} measures of a row, expected {}",
                                      row.size(), train.n_columns()));
    }
    require_finite(row, "random forest: row");
    const Sorted data = sorted(train, classes);
    Grower grower(data, n_tried(train, options));
    return told(data, grower, row, nobody, 0, options);
}

std::vector<std::size_t> random_forest_leave_one_out(const DesignMatrix& x,
                                                     std::span<const std::size_t> classes,
                                                     const RandomForestOptions& options) {
    check(x, classes, options);
    if (x.n_rows() < 2) {
        throw too_few_values(fmt::format(
            "random forest, leaving one out: {} rows, expected two at least", x.n_rows()));
    }
    const Sorted data = sorted(x, classes);
    Grower grower(data, n_tried(x, options));
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < x.n_rows(); ++i) {
        out.push_back(told(data, grower, std::span(x.row(i), x.n_columns()), i, i, options));
    }
    return out;
}

}  // namespace tb::stats
