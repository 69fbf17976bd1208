// Arrays that rows name but do not hold: signals, peri-event matrices. In memory here; in files of
// the array store (src/store), which rows of store.array describe. No HDF5 and no database here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tb {

/// Numbers in C order with their shape. A missing value of a floating-point array is NaN; integer
/// arrays have none.
struct Array {
    using Values = std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>,
                                std::vector<std::int32_t>, std::vector<std::int16_t>,
                                std::vector<std::uint8_t>>;
    std::vector<std::size_t> shape;  ///< product equals the number of values; empty: a scalar
    Values values;

    [[nodiscard]] std::size_t size() const noexcept;
    /// `float64`, `float32`, `int64`, `int32`, `int16` or `uint8`: as store.array.dtype says it.
    [[nodiscard]] std::string_view dtype() const noexcept;
    /// Bytes of the values as they lie in memory.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept;
    /// The values as double, converted where they are of another type.
    [[nodiscard]] std::vector<double> numbers() const;

    /// One-dimensional. @throws nothing
    [[nodiscard]] static Array vector(std::vector<double> values);
    /// `rows` x `columns`. @throws tb::Error (internal) when the product is not the number of
    /// values
    [[nodiscard]] static Array matrix(std::size_t rows, std::size_t columns, Values values);
};

/// What a stored array means; columns of store.array.
struct ArrayMeta {
    std::string unit;  ///< `V`, `rad`, `dF/F`, `z`, `s`; empty when the values have none
    double sampling_rate_hz =
        std::numeric_limits<double>::quiet_NaN();  ///< NaN: not evenly sampled
    std::string about;                             ///< one line for people who find the file alone
};

/// Reads arrays by their reference, `<file relative to the store's root>#<dataset path>`: column
/// `ref` of store.array. Computations are given one by the engine; tests give their own.
class ArrayReader {
  public:
    virtual ~ArrayReader() = default;
    /// The whole array. @throws tb::Error (data, type MissingArray) when the file or the dataset is
    /// not there; (data, type DamagedArray) when it cannot be read or is not what its row says
    [[nodiscard]] virtual Array read(std::string_view ref) const = 0;
    /// Rows [begin, end) along the first axis; reads only the chunks that hold them.
    [[nodiscard]] virtual Array read_rows(std::string_view ref, std::size_t begin,
                                          std::size_t end) const = 0;
};

}  // namespace tb
