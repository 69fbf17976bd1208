// The header of an .npy file: what npy.cpp needs to know before it reads the data.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::formats {

/// One NumPy type as the header spells it.
struct NpyType {
    std::string stored;      ///< "<f8"
    std::string normal;      ///< "f8", "S5", "U3", "V12"; "i8" for datetime64
    std::string time_unit;   ///< datetime64 and timedelta64 only; "generic" where none is named
    bool is_moment = false;  ///< datetime64
    char kind = 'V';         ///< f i u b c S U V
    std::size_t item_size = 0;
    std::size_t swap_size = 0;  ///< bytes of the unit to be reversed; 0 when the order is ours
};

struct NpyField {
    std::string name;
    NpyType type;  ///< of one element when is_plain, else V of the whole field
    std::size_t offset = 0;
    bool is_plain = true;  ///< false for nested and array fields
};

struct NpyHeader {
    NpyType type;
    std::vector<NpyField> fields;  ///< structured arrays only
    std::vector<NpyField> leaves;  ///< every plain part of an item that may need its bytes reversed
    bool fortran_order = false;
    std::vector<std::size_t> shape;
    std::size_t count = 0;  ///< elements
    std::size_t data_offset = 0;
    std::size_t data_size = 0;  ///< bytes
};

/// Number of bytes that must be at hand before the header can be parsed, given the file's first
/// bytes (at least 12, or all of them). @throws tb::Error (data) when it is no .npy file or its
/// header is longer than the file
[[nodiscard]] std::size_t npy_header_end(std::span<const std::byte> start, std::size_t file_size,
                                         std::string_view name);

/// The header in `start`, which holds at least npy_header_end() bytes. The data that it promises
/// fits in the file.
/// @throws tb::Error (data) naming file and byte offset
[[nodiscard]] NpyHeader parse_npy_header(std::span<const std::byte> start, std::size_t file_size,
                                         std::string_view name);

}  // namespace tb::formats
