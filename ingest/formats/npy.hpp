// NumPy .npy and .npz files (format versions 1, 2, 3), reading and writing.
#pragma once

#include "ingest/formats/bytes.hpp"
#include "ingest/formats/table.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::formats {

/// An array as read. `data` holds the elements in C order (last index fastest), native byte order,
/// whatever the file had.
struct NpyArray {
    std::vector<std::size_t> shape;
    std::string dtype;  ///< normalised: "f8" "f4" "f2" "i1".."i8" "u1".."u8" "b1" "c8" "c16" "S<n>"
                        ///< "U<n>" "V<n>" (structured)
    bool fortran_order = false;  ///< how the file stored it
    ByteBuffer data;             ///< as a vector of std::byte; new elements are not zeroed
    std::string
        time_unit;  ///< of datetime64 and timedelta64, which are kept as "i8": "ns", "us", "D", ...
    bool is_moment = false;                ///< datetime64; else, with a time_unit, timedelta64
    std::vector<std::string> field_names;  ///< structured arrays only
    std::vector<std::string> field_dtypes;
    std::vector<std::size_t> field_offsets;
    std::size_t item_size = 0;

    [[nodiscard]] std::size_t size() const;  ///< product of shape; 1 for a scalar
    [[nodiscard]] std::size_t rows() const { return shape.empty() ? 1 : shape[0]; }
    /// All elements as double in C order, from any real number or boolean dtype. @throws tb::Error
    /// (data) otherwise
    [[nodiscard]] std::vector<double> as_doubles() const;
    /// One column of a 2-D array (n, k), or the whole of a 1-D array for column 0. Same errors.
    [[nodiscard]] std::vector<double> column_as_doubles(std::size_t column) const;
    [[nodiscard]] std::vector<std::int64_t> as_integers()
        const;  ///< integer and boolean dtypes only
    [[nodiscard]] std::vector<std::string> as_strings()
        const;  ///< S (trailing NULs cut) and U (as UTF-8)
    /// A structured array as a table, one column per field. @throws tb::Error (data) for nested or
    /// array fields
    [[nodiscard]] Table as_table() const;
};

/// Reads a whole .npy file into fresh memory. Object arrays (pickles) are refused. A header that
/// promises more bytes than the file holds is refused before anything is allocated; a file that
/// shrinks while it is read is an Error (io).
/// @throws tb::Error (data) naming file and byte offset; (io) when the file cannot be read
[[nodiscard]] NpyArray read_npy(const std::filesystem::path& file);
/// The same from bytes in memory; `name` stands for the file in messages.
[[nodiscard]] NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name);
/// Every array of an .npz archive (stored or deflated members), by member name without ".npy".
[[nodiscard]] std::map<std::string, NpyArray> read_npz(const std::filesystem::path& file);
[[nodiscard]] std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes,
                                                        std::string_view name);

/// The bytes of a version 1 .npy file in C order.
[[nodiscard]] std::string npy_bytes(std::span<const double> values, std::vector<std::size_t> shape);
[[nodiscard]] std::string npy_bytes(std::span<const std::int64_t> values,
                                    std::vector<std::size_t> shape);
[[nodiscard]] std::string npy_bytes_bool(std::span<const bool> values);

}  // namespace tb::formats
