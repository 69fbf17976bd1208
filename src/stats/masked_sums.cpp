#include "src/stats/masked_sums.hpp"

#include "src/signal/lanes.hpp"

#include <cassert>
#include <cstring>

namespace tb::stats {

namespace {

using signal::LaneBits;
using signal::Lanes;

inline __attribute__((always_inline)) void add_picked(Lanes& sum, const double* values,
                                                      const std::int64_t* mask) {
    LaneBits bits, picked;
    std::memcpy(&bits, values, sizeof bits);
    std::memcpy(&picked, mask, sizeof picked);
    bits &= picked;
    Lanes value;
    std::memcpy(&value, &bits, sizeof value);
    sum += value;
}

TB_LANE_CLONES void sum_columns(const double* values, const std::int64_t* mask, std::size_t length,
                                std::size_t count, double* out) {
    for (std::size_t column = 0; column < count; ++column, values += length) {
        Lanes sum0 = {}, sum1 = {}, sum2 = {}, sum3 = {};
        std::size_t i = 0;
        for (; i + 16 <= length; i += 16) {
            add_picked(sum0, values + i, mask + i);
            add_picked(sum1, values + i + 4, mask + i + 4);
            add_picked(sum2, values + i + 8, mask + i + 8);
            add_picked(sum3, values + i + 12, mask + i + 12);
        }
        sum0 = (sum0 + sum1) + (sum2 + sum3);
        double sum = signal::sum_of(sum0);
        for (; i < length; ++i) sum += mask[i] != 0 ? values[i] : 0.0;
        out[column] = sum;
    }
}

}  // namespace

void MaskedColumns::add(std::span<const double> values) {
    assert(values.size() == length_);
    values_.insert(values_.end(), values.begin(), values.end());
    count_ += 1;
}

void MaskedColumns::sum(std::span<const std::int64_t> mask, std::span<double> out) const {
    assert(mask.size() == length_ && out.size() == count_);
    sum_columns(values_.data(), mask.data(), length_, count_, out.data());
}

}  // namespace tb::stats
