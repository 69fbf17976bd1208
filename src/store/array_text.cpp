#include "src/store/array_text.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <map>

#include <fmt/format.h>

namespace tb::store {

std::string npy_bytes(const Array& array) {
    static const std::map<std::string_view, const char*> descriptions = {
        {"float64", "<f8"}, {"float32", "<f4"}, {"int64", "<i8"},
        {"int32", "<i4"},   {"int16", "<i2"},   {"uint8", "|u1"}};
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                     descriptions.at(array.dtype()), fmt::join(array.shape, ", "),
                                     array.shape.size() == 1 ? "," : "");
    // Magic, version, length and header together are a multiple of 64, the header ends the line.
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    std::string bytes = "\x93NUMPY";
    bytes += '\x01';
    bytes += '\x00';
    bytes += static_cast<char>(header.size() & 0xFF);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    const auto values = array.bytes();
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size());
    return bytes;
}

std::string value_text(const Array& array, std::size_t position) {
    return std::visit(
        [&](const auto& values) -> std::string {
            const auto value = values.at(position);
            if constexpr (std::is_floating_point_v<std::decay_t<decltype(value)>>) {
                if (std::isnan(value)) return "";
            }
            return fmt::format("{}", value);
        },
        array.values);
}

std::string csv_text(const Array& array, const std::string& name) {
    if (array.shape.size() > 2) {
        throw Error(
            ErrorKind::usage,
            fmt::format("an array of {} dimensions does not fit into a CSV", array.shape.size()),
            "Write it to a .npy file.");
    }
    const bool is_matrix = array.shape.size() == 2;
    const auto rows = array.shape.empty() ? 1 : array.shape[0];
    const auto columns = is_matrix ? array.shape[1] : 1;
    std::string text;
    for (std::size_t c = 0; c < columns; ++c) {
        if (c > 0) text += ',';
        text += is_matrix ? fmt::format("{}_{}", name, c) : name;
    }
    text += '\n';
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            if (c > 0) text += ',';
            text += value_text(array, r * columns + c);
        }
        text += '\n';
    }
    return text;
}

}  // namespace tb::store
