// What a regression explains its outcomes by.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tb::stats {

/// One row per observation, one column per regressor; an intercept is a column of ones.
struct DesignMatrix {
    std::vector<std::string> names;  ///< of the columns
    std::vector<double> values;      ///< row by row, shape (n_rows, names.size())

    [[nodiscard]] std::size_t n_columns() const { return names.size(); }
    [[nodiscard]] std::size_t n_rows() const {
        return names.empty() ? 0 : values.size() / names.size();
    }
    [[nodiscard]] const double* row(std::size_t i) const {
        return values.data() + i * names.size();
    }
};

}  // namespace tb::stats
