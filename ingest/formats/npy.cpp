#include "ingest/formats/npy.hpp"

#include "ingest/formats/npy_header.hpp"
#include "ingest/formats/regular_file.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace tb::formats {
namespace {

void reverse_units(std::byte* data, std::size_t size, std::size_t unit) {
    for (std::size_t at = 0; at + unit <= size; at += unit)
        std::reverse(data + at, data + at + unit);
}

template <std::size_t Size>
void transpose(const std::byte* from, std::byte* to, std::size_t rows, std::size_t columns) {
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            std::memcpy(to, from + (column * rows + row) * Size, Size);
            to += Size;
        }
    }
}

/// The same elements with the last index fastest instead of the first.
ByteBuffer to_c_order(const ByteBuffer& data, const std::vector<std::size_t>& shape,
                      std::size_t item_size) {
    ByteBuffer result(data.size());
    const std::size_t dimensions = shape.size();
    if (dimensions == 2 && (item_size == 8 || item_size == 4)) {
        (item_size == 8 ? transpose<8> : transpose<4>)(data.data(), result.data(), shape[0],
                                                       shape[1]);
        return result;
    }
    std::vector<std::size_t> stride(dimensions, item_size);  // in the file, bytes
    for (std::size_t d = 1; d < dimensions; ++d) stride[d] = stride[d - 1] * shape[d - 1];
    std::vector<std::size_t> index(dimensions, 0);
    std::size_t from = 0;
    for (std::size_t to = 0; to < result.size(); to += item_size) {
        std::memcpy(result.data() + to, data.data() + from, item_size);
        for (std::size_t d = dimensions; d-- > 0;) {
            from += stride[d];
            if (++index[d] < shape[d]) break;
            from -= stride[d] * shape[d];
            index[d] = 0;
        }
    }
    return result;
}

ByteBuffer long_doubles_to_doubles(const ByteBuffer& data) {
    ByteBuffer result(data.size() / 2);
    for (std::size_t i = 0; i * 16 < data.size(); ++i) {
        const double value = static_cast<double>(load<long double>(data.data() + i * 16));
        std::memcpy(result.data() + i * 8, &value, 8);
    }
    return result;
}

/// The array from its header and its data as the file has them.
NpyArray finish(NpyHeader&& header, ByteBuffer&& data) {
    NpyArray array;
    array.shape = std::move(header.shape);
    array.dtype = header.type.normal;
    array.time_unit = header.type.time_unit;
    array.is_moment = header.type.is_moment;
    array.item_size = header.type.item_size;
    array.fortran_order = header.fortran_order;
    for (NpyField& field : header.fields) {
        array.field_names.push_back(std::move(field.name));
        array.field_dtypes.push_back(field.is_plain ? field.type.normal
                                                    : "nested " + field.type.normal);
        array.field_offsets.push_back(field.offset);
    }
    if (array.item_size > 0) {
        if (header.fields.empty()) {
            if (header.type.swap_size > 1)
                reverse_units(data.data(), data.size(), header.type.swap_size);
        } else {
            for (const NpyField& leaf : header.leaves) {
                if (leaf.type.swap_size <= 1) continue;
                for (std::size_t at = leaf.offset; at < data.size(); at += array.item_size)
                    reverse_units(data.data() + at, leaf.type.item_size, leaf.type.swap_size);
            }
        }
        if (header.fortran_order && array.shape.size() > 1 && !data.empty())
            data = to_c_order(data, array.shape, array.item_size);
    }
    if (array.dtype == "f16") {
        data = long_doubles_to_doubles(data);
        array.dtype = "f8";
        array.item_size = 8;
    }
    array.data = std::move(data);
    return array;
}

/// Calls visit(T{}) with the C++ type of a real number or boolean dtype; false when it is none of
/// these.
template <class Visit>
bool with_number_type(std::string_view dtype, Visit&& visit) {
    if (dtype == "f8") return visit(double{}), true;
    if (dtype == "f4") return visit(float{}), true;
    if (dtype == "i8") return visit(std::int64_t{}), true;
    if (dtype == "i4") return visit(std::int32_t{}), true;
    if (dtype == "i2") return visit(std::int16_t{}), true;
    if (dtype == "i1") return visit(std::int8_t{}), true;
    if (dtype == "u8") return visit(std::uint64_t{}), true;
    if (dtype == "u4") return visit(std::uint32_t{}), true;
    if (dtype == "u2") return visit(std::uint16_t{}), true;
    if (dtype == "u1" || dtype == "b1") return visit(std::uint8_t{}), true;
    return false;
}

/// `count` numbers, the first at `from`, `stride` bytes apart.
std::vector<double> doubles_at(const std::byte* from, std::size_t count, std::size_t stride,
                               std::string_view dtype) {
    std::vector<double> result;
    if (dtype == "f2") {
        result.reserve(count);
        for (std::size_t i = 0; i < count; ++i)
            result.push_back(half_to_double(load<std::uint16_t>(from + i * stride)));
        return result;
    }
    if (dtype == "f8" && stride == 8) {
        result.resize(count);
        if (count > 0) std::memcpy(result.data(), from, count * 8);
        return result;
    }
    const bool known = with_number_type(dtype, [&](auto type) {
        using T = decltype(type);
        result.reserve(count);
        for (std::size_t i = 0; i < count; ++i)
            result.push_back(static_cast<double>(load<T>(from + i * stride)));
    });
    if (!known)
        throw Error(ErrorKind::data,
                    "array of type " + std::string(dtype) + ", expected real numbers");
    if (dtype == "b1")
        for (double& value : result) value = value != 0.0 ? 1.0 : 0.0;
    return result;
}

std::vector<std::int64_t> integers_at(const std::byte* from, std::size_t count, std::size_t stride,
                                      std::string_view dtype) {
    std::vector<std::int64_t> result;
    const bool known = !dtype.starts_with('f') && with_number_type(dtype, [&](auto type) {
        using T = decltype(type);
        result.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            const T value = load<T>(from + i * stride);
            if constexpr (std::is_same_v<T, std::uint64_t>) {
                if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                    throw Error(ErrorKind::data, "element " + std::to_string(i) + " is " +
                                                     std::to_string(value) +
                                                     ", larger than a signed 64-bit integer");
            }
            result.push_back(static_cast<std::int64_t>(value));
        }
    });
    if (!known)
        throw Error(ErrorKind::data, "array of type " + std::string(dtype) + ", expected integers");
    if (dtype == "b1")
        for (std::int64_t& value : result) value = value != 0 ? 1 : 0;
    return result;
}

std::string unicode_text(const std::byte* from, std::size_t letters) {
    while (letters > 0 && load<std::uint32_t>(from + (letters - 1) * 4) == 0) --letters;
    std::string text;
    for (std::size_t i = 0; i < letters; ++i) {
        const auto code = load<std::uint32_t>(from + i * 4);
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
            throw Error(ErrorKind::data,
                        "text holds " + std::to_string(code) + ", which is no Unicode character");
        append_utf8(text, code);
    }
    return text;
}

std::vector<std::string> strings_at(const std::byte* from, std::size_t count, std::size_t stride,
                                    std::size_t item_size, char kind) {
    std::vector<std::string> result;
    result.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::byte* item = from + i * stride;
        if (kind == 'U') {
            result.push_back(unicode_text(item, item_size / 4));
        } else {
            std::string_view text(reinterpret_cast<const char*>(item), item_size);
            while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
            result.emplace_back(text);
        }
    }
    return result;
}

std::string header_and_room(std::string_view type, const std::vector<std::size_t>& shape,
                            std::size_t data_size) {
    std::string text = "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
    for (std::size_t d = 0; d < shape.size(); ++d) {
        text += std::to_string(shape[d]);
        if (d + 1 < shape.size()) text += ", ";
    }
    text += shape.size() == 1 ? ",), }" : "), }";
    while ((10 + text.size() + 1) % 64 != 0) text.push_back(' ');
    text.push_back('\n');
    std::string result("\x93NUMPY\x01\x00", 8);
    result.push_back(static_cast<char>(text.size() & 0xFFU));
    result.push_back(static_cast<char>(text.size() >> 8U));
    result += text;
    result.reserve(result.size() + data_size);
    return result;
}

void check_shape(const std::vector<std::size_t>& shape, std::size_t count) {
    std::size_t product = 1;
    for (const std::size_t extent : shape) product *= extent;
    if (product != count)
        throw Error(ErrorKind::internal, "an array of " + std::to_string(count) +
                                             " values cannot have a shape of " +
                                             std::to_string(product));
}

template <class T>
std::string plain_bytes(std::span<const T> values, const std::vector<std::size_t>& shape,
                        std::string_view type) {
    check_shape(shape, values.size());
    std::string result = header_and_room(type, shape, values.size_bytes());
    result.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    return result;
}

}  // namespace

std::size_t NpyArray::size() const {
    std::size_t product = 1;
    for (const std::size_t extent : shape)
        if (extent == 0) return 0;
    for (const std::size_t extent : shape) product *= extent;
    return product;
}

std::vector<double> NpyArray::as_doubles() const {
    return doubles_at(data.data(), size(), item_size, dtype);
}

std::vector<double> NpyArray::column_as_doubles(std::size_t column) const {
    const std::size_t columns = shape.size() == 2 ? shape[1] : 1;
    if (shape.empty() || shape.size() > 2 || column >= columns)
        throw Error(ErrorKind::data, "no column " + std::to_string(column) + " in an array of " +
                                         std::to_string(shape.size()) + " dimensions and " +
                                         std::to_string(columns) + " columns");
    const std::byte* from = data.empty() ? nullptr : data.data() + column * item_size;
    return doubles_at(from, shape[0], columns * item_size, dtype);
}

std::vector<std::int64_t> NpyArray::as_integers() const {
    return integers_at(data.data(), size(), item_size, dtype);
}

std::vector<std::string> NpyArray::as_strings() const {
    if (!dtype.starts_with('S') && !dtype.starts_with('U'))
        throw Error(ErrorKind::data, "array of type " + dtype + ", expected text");
    return strings_at(data.data(), size(), item_size, item_size, dtype[0]);
}

Table NpyArray::as_table() const {
    if (field_names.empty())
        throw Error(ErrorKind::data, "array of type " + dtype + ", expected a structured one");
    Table table;
    table.rows = size();
    for (std::size_t f = 0; f < field_names.size(); ++f) {
        const std::string& type = field_dtypes[f];
        const std::byte* from = data.empty() ? nullptr : data.data() + field_offsets[f];
        Column column;
        column.name = field_names[f];
        column.stored_type = type;
        if (type.starts_with('S') || type.starts_with('U')) {
            const std::size_t letters = static_cast<std::size_t>(std::stoull(type.substr(1)));
            column.values = strings_at(from, table.rows, item_size,
                                       type[0] == 'U' ? letters * 4 : letters, type[0]);
        } else if (type == "b1") {
            const auto numbers = integers_at(from, table.rows, item_size, type);
            column.values = std::vector<bool>(numbers.begin(), numbers.end());
        } else if (type.starts_with('i') || type.starts_with('u')) {
            column.values = integers_at(from, table.rows, item_size, type);
        } else if (type.starts_with('f') && type != "f16") {
            column.values = doubles_at(from, table.rows, item_size, type);
        } else {
            throw Error(ErrorKind::data,
                        "field " + field_names[f] + " of type " + type +
                            ", expected a number, a boolean or text in every field");
        }
        table.columns.push_back(std::move(column));
    }
    return table;
}

NpyArray read_npy(const std::filesystem::path& path) {
    RegularFile file(path);
    // The first piece holds the header and, of a small file, everything.
    ByteBuffer start(std::min<std::size_t>(file.size(), 4096));
    file.read(start);
    const std::size_t header_end = npy_header_end(start, file.size(), file.name());
    if (header_end > start.size()) {
        const std::size_t have = start.size();
        start.resize(header_end);
        file.read(std::span(start).subspan(have));
    }
    NpyHeader header = parse_npy_header(start, file.size(), file.name());
    ByteBuffer data(header.data_size);
    const std::size_t at_hand = std::min(start.size() - header.data_offset, data.size());
    if (at_hand > 0) std::memcpy(data.data(), start.data() + header.data_offset, at_hand);
    file.read(std::span(data).subspan(at_hand));
    return finish(std::move(header), std::move(data));
}

NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name) {
    NpyHeader header = parse_npy_header(bytes, bytes.size(), name);
    const auto data = bytes.subspan(header.data_offset, header.data_size);
    return finish(std::move(header), ByteBuffer(data.begin(), data.end()));
}

std::string npy_bytes(std::span<const double> values, std::vector<std::size_t> shape) {
    return plain_bytes(values, shape, "<f8");
}

std::string npy_bytes(std::span<const std::int64_t> values, std::vector<std::size_t> shape) {
    return plain_bytes(values, shape, "<i8");
}

std::string npy_bytes_bool(std::span<const bool> values) {
    return plain_bytes(values, {values.size()}, "|b1");
}

}  // namespace tb::formats
