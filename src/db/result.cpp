// Reading results and building parameters.
#include "src/db/session.hpp"
#include "src/db/wire.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace tb::db {

// --- parameters
// ------------------------------------------------------------------------------------

Params& Params::text(std::string_view value) {
    // The text format ends at a zero byte: libpq would cut the value short without a word.
    if (value.find('\0') != std::string_view::npos) {
        throw Error(ErrorKind::data,
                    fmt::format("parameter ${} holds a zero byte", all_.size() + 1));
    }
    all_.push_back({0, false, std::string(value)});
    return *this;
}

Params& Params::text(const std::optional<std::string>& value) {
    return value ? text(std::string_view(*value)) : null();
}

Params& Params::null() {
    all_.push_back({});
    return *this;
}

Params& Params::integer(std::int64_t value) {
    return text(std::to_string(value));
}

Params& Params::number(double value) {
    if (std::isnan(value)) return null();
    if (std::isinf(value)) return text(value > 0 ? "Infinity" : "-Infinity");
    return text(fmt::format("{:.17g}", value));
}

Params& Params::boolean(bool value) {
    return text(value ? "t" : "f");
}

Params& Params::binary(unsigned type_oid, std::string bytes) {
    all_.push_back({type_oid, true, std::move(bytes)});
    return *this;
}

Params& Params::binary_array(unsigned element_oid,
                             std::span<const std::optional<std::string>> elements) {
    const unsigned array_oid = array_type_of(element_oid);
    if (array_oid == 0) {
        throw Error(ErrorKind::internal,
                    fmt::format("no array type is known for elements of type {}", element_oid));
    }
    std::string bytes;
    bool has_null = false;
    std::size_t total = 20;
    for (const auto& element : elements) {
        has_null = has_null || !element;
        total += 4 + (element ? element->size() : 0);
    }
    bytes.reserve(total);
    wire::append(bytes, std::int32_t{elements.empty() ? 0 : 1});
    wire::append(bytes, std::int32_t{has_null ? 1 : 0});
    wire::append(bytes, static_cast<std::uint32_t>(element_oid));
    if (!elements.empty()) {
        wire::append(bytes, static_cast<std::int32_t>(elements.size()));
        wire::append(bytes, std::int32_t{1});
    }
    for (const auto& element : elements) {
        if (!element) {
            wire::append(bytes, std::int32_t{-1});
            continue;
        }
        wire::append(bytes, static_cast<std::int32_t>(element->size()));
        bytes += *element;
    }
    return binary(array_oid, std::move(bytes));
}

Params& Params::int8_array(std::span<const std::int64_t> values) {
    std::vector<std::optional<std::string>> elements;
    elements.reserve(values.size());
    for (const auto value : values) {
        std::string bytes;
        wire::append(bytes, value);
        elements.emplace_back(std::move(bytes));
    }
    return binary_array(oid::int8, elements);
}

Params& Params::text_array(std::span<const std::string> values) {
    const std::vector<std::optional<std::string>> elements(values.begin(), values.end());
    return binary_array(oid::text, elements);
}

Params& Params::float8_array(std::span<const double> values) {
    std::vector<std::optional<std::string>> elements;
    elements.reserve(values.size());
    for (const auto value : values) {
        if (std::isnan(value)) {
            elements.emplace_back(std::nullopt);
            continue;
        }
        std::string bytes;
        wire::append_double(bytes, value);
        elements.emplace_back(std::move(bytes));
    }
    return binary_array(oid::float8, elements);
}

unsigned array_type_of(unsigned element_oid) noexcept {
    switch (element_oid) {
        case oid::boolean:
            return 1000;
        case oid::bytea:
            return 1001;
        case oid::int2:
            return 1005;
        case oid::int4:
            return 1007;
        case oid::text:
            return 1009;
        case oid::bpchar:
            return 1014;
        case oid::varchar:
            return 1015;
        case oid::int8:
            return 1016;
        case oid::float4:
            return 1021;
        case oid::float8:
            return 1022;
        case oid::timestamp:
            return 1115;
        case oid::date:
            return 1182;
        case oid::timestamptz:
            return 1185;
        case oid::json:
            return 199;
        case oid::numeric:
            return 1231;
        case oid::uuid:
            return 2951;
        case oid::jsonb:
            return 3807;
        default:
            return 0;
    }
}

std::string sanitize_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length = wire::utf8_sequence(text);
        if (length == 0 || text.front() == '\0') {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return out;
}

bool is_storable_text(std::string_view text) noexcept {
    while (!text.empty()) {
        // Runs of ASCII are the rule: eight bytes at a time.
        while (text.size() >= 8) {
            std::uint64_t block = 0;
            std::memcpy(&block, text.data(), 8);
            const bool ascii = (block & 0x8080808080808080U) == 0;
            const bool zero = ((block - 0x0101010101010101U) & ~block & 0x8080808080808080U) != 0;
            if (!ascii || zero) break;
            text.remove_prefix(8);
        }
        if (text.empty()) break;
        const auto length = wire::utf8_sequence(text);
        if (length == 0 || text.front() == '\0') return false;
        text.remove_prefix(length);
    }
    return true;
}

// --- results
// ---------------------------------------------------------------------------------------

namespace {

int as_int(std::size_t value) {
    return static_cast<int>(value);
}

[[noreturn]] void does_not_fit(const Result& result, std::size_t row, std::size_t column,
                               std::string_view wanted) {
    const auto value = result.is_binary(column)
                           ? fmt::format("{} bytes", result.bytes(row, column).size())
                           : fmt::format("'{}'", result.bytes(row, column));
    throw Error(
        ErrorKind::internal,
        fmt::format("column '{}' row {} of type {} does not read as {}: {}",
                    result.column_name(column), row, result.type_oid(column), wanted, value));
}

std::string_view present(const Result& result, std::size_t row, std::size_t column) {
    if (row >= result.rows() || column >= result.columns()) {
        throw Error(ErrorKind::internal,
                    fmt::format("row {} column {} asked of a result of {} rows and {} columns", row,
                                column, result.rows(), result.columns()));
    }
    if (result.is_null(row, column)) {
        throw Error(ErrorKind::internal,
                    fmt::format("column '{}' row {} is null", result.column_name(column), row));
    }
    return result.bytes(row, column);
}

std::optional<std::int64_t> binary_integer(unsigned type, std::string_view bytes) {
    if (type == oid::int2 && bytes.size() == 2) return wire::read<std::int16_t>(bytes);
    if (type == oid::int4 && bytes.size() == 4) return wire::read<std::int32_t>(bytes);
    if (type == 26 && bytes.size() == 4) return wire::read<std::uint32_t>(bytes);  // oid
    if (type == oid::int8 && bytes.size() == 8) return wire::read<std::int64_t>(bytes);
    return std::nullopt;
}

std::optional<double> binary_number(unsigned type, std::string_view bytes) {
    if (type == oid::float8 && bytes.size() == 8) {
        return std::bit_cast<double>(wire::read<std::uint64_t>(bytes));
    }
    if (type == oid::float4 && bytes.size() == 4) {
        return std::bit_cast<float>(wire::read<std::uint32_t>(bytes));
    }
    if (type == oid::numeric) return wire::numeric_to_double(bytes);
    if (const auto integer = binary_integer(type, bytes)) return static_cast<double>(*integer);
    return std::nullopt;
}

}  // namespace

std::size_t Result::rows() const {
    return handle_ ? static_cast<std::size_t>(PQntuples(handle_.get())) : 0;
}
std::size_t Result::columns() const {
    return handle_ ? static_cast<std::size_t>(PQnfields(handle_.get())) : 0;
}
std::string_view Result::column_name(std::size_t column) const {
    const char* name = handle_ ? PQfname(handle_.get(), as_int(column)) : nullptr;
    return name != nullptr ? name : "";
}
unsigned Result::type_oid(std::size_t column) const {
    return handle_ ? PQftype(handle_.get(), as_int(column)) : 0;
}
std::optional<std::size_t> Result::find_column(std::string_view name) const {
    for (std::size_t i = 0; i < columns(); ++i) {
        if (column_name(i) == name) return i;
    }
    return std::nullopt;
}
std::size_t Result::column(std::string_view name) const {
    if (const auto found = find_column(name)) return *found;
    throw Error(ErrorKind::internal, fmt::format("the result has no column '{}'", name));
}
bool Result::is_null(std::size_t row, std::size_t column) const {
    return PQgetisnull(handle_.get(), as_int(row), as_int(column)) != 0;
}
std::string_view Result::bytes(std::size_t row, std::size_t column) const {
    return {PQgetvalue(handle_.get(), as_int(row), as_int(column)),
            static_cast<std::size_t>(PQgetlength(handle_.get(), as_int(row), as_int(column)))};
}
bool Result::is_binary(std::size_t column) const {
    return PQfformat(handle_.get(), as_int(column)) == 1;
}
std::int64_t Result::affected() const {
    if (!handle_) return 0;
    const std::string_view text = PQcmdTuples(handle_.get());
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

template <>
std::int64_t Result::get<std::int64_t>(std::size_t row, std::size_t column) const {
    const auto field = present(*this, row, column);
    if (is_binary(column)) {
        if (const auto value = binary_integer(type_oid(column), field)) return *value;
        does_not_fit(*this, row, column, "an integer");
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc{} || end != field.data() + field.size()) {
        does_not_fit(*this, row, column, "an integer");
    }
    return value;
}

template <>
int Result::get<int>(std::size_t row, std::size_t column) const {
    const auto value = get<std::int64_t>(row, column);
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
        does_not_fit(*this, row, column, "a 32-bit integer");
    }
    return static_cast<int>(value);
}

template <>
double Result::get<double>(std::size_t row, std::size_t column) const {
    const auto field = present(*this, row, column);
    if (is_binary(column)) {
        if (const auto value = binary_number(type_oid(column), field)) return *value;
        does_not_fit(*this, row, column, "a number");
    }
    if (field == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (field == "Infinity") return std::numeric_limits<double>::infinity();
    if (field == "-Infinity") return -std::numeric_limits<double>::infinity();
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc{} || end != field.data() + field.size()) {
        does_not_fit(*this, row, column, "a number");
    }
    return value;
}

template <>
bool Result::get<bool>(std::size_t row, std::size_t column) const {
    const auto field = present(*this, row, column);
    if (type_oid(column) == oid::boolean && field.size() == 1) {
        return is_binary(column) ? field[0] != '\0' : field[0] == 't';
    }
    does_not_fit(*this, row, column, "a boolean");
}

template <>
std::string Result::get<std::string>(std::size_t row, std::size_t column) const {
    const auto field = present(*this, row, column);
    if (!is_binary(column)) return std::string(field);
    const auto type = type_oid(column);
    switch (type) {
        case oid::uuid:
            return wire::uuid_text(field);
        case oid::jsonb:
            return std::string(field.substr(std::min<std::size_t>(1, field.size())));
        case oid::boolean:
            return get<bool>(row, column) ? "t" : "f";
        case oid::timestamptz:
        case oid::timestamp:
            if (field.size() == 8) {
                const auto us = wire::read<std::int64_t>(field);
                return wire::timestamp_text(us) + (type == oid::timestamptz ? "+00" : "");
            }
            break;
        case oid::date:
            if (field.size() == 4) return wire::date_text(wire::read<std::int32_t>(field));
            break;
        case oid::float4:
            if (field.size() == 4) {
                return fmt::format("{}", std::bit_cast<float>(wire::read<std::uint32_t>(field)));
            }
            break;
        case oid::float8:
        case oid::numeric:
            return fmt::format("{}", get<double>(row, column));
        default:
            break;
    }
    if (const auto value = binary_integer(type, field)) return std::to_string(*value);
    return std::string(field);  // text, varchar, enum, json, name, bytea
}

}  // namespace tb::db
