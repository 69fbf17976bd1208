// Sums of the values that a mask picks: what the mean or variance of a random group is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::stats {

/// Columns of equal length, summed together.
class MaskedColumns {
  public:
    explicit MaskedColumns(std::size_t length) : length_(length) {}

    /// Adds a column. @param values  as long as the others, finite
    void add(std::span<const double> values);
    [[nodiscard]] std::size_t length() const { return length_; }
    [[nodiscard]] std::size_t count() const { return count_; }

    /// Per column the sum of the values whose mask has all bits set (0: left out). The order of
    /// summing is that of a column alone, whatever the mask: equal groups have equal sums.
    /// @param mask  shape (length())
    /// @param out   shape (count())
    void sum(std::span<const std::int64_t> mask, std::span<double> out) const;

  private:
    std::size_t length_;
    std::size_t count_ = 0;
    std::vector<double> values_;
};

}  // namespace tb::stats
