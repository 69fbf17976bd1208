// PostgreSQL's binary formats (big-endian), text checks and calendar parsing. For src/db only, and
// tests.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace tb::db::wire {

/// Appends an integer, most significant byte first.
template <class T>
void append(std::string& out, T value) {
    static_assert(std::is_integral_v<T>);
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    std::array<char, sizeof(T)> bytes;
    for (std::size_t i = sizeof(T); i-- > 0;) {
        bytes[i] = static_cast<char>(bits & 0xffU);
        if constexpr (sizeof(T) > 1) bits = static_cast<decltype(bits)>(bits >> 8);
    }
    out.append(bytes.data(), bytes.size());
}

inline void append_double(std::string& out, double value) {
    append(out, std::bit_cast<std::uint64_t>(value));
}
inline void append_float(std::string& out, float value) {
    append(out, std::bit_cast<std::uint32_t>(value));
}

/// The integer in the first sizeof(T) bytes; the caller has checked the length.
template <class T>
[[nodiscard]] T read(std::string_view bytes) {
    std::make_unsigned_t<T> bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        bits = static_cast<decltype(bits)>((static_cast<std::uint64_t>(bits) << 8) |
                                           static_cast<unsigned char>(bytes[i]));
    }
    return static_cast<T>(bits);
}

/// Length of the well-formed UTF-8 sequence at the start (1 to 4), 0 when there is none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text) noexcept;

/// 16 bytes from the 36-character form (also without dashes, any case); nullopt when it is not a
/// UUID.
[[nodiscard]] std::optional<std::string> uuid_bytes(std::string_view text);
[[nodiscard]] std::string uuid_text(std::string_view bytes);

/// ISO 8601 date and time, `T` or space between them, seconds and fraction optional, zone `Z`,
/// `+HH`, `+HH:MM` or `+HHMM`, none meaning UTC; a date alone is midnight; `infinity` and
/// `-infinity`.
/// @return microseconds since 2000-01-01 UTC (PostgreSQL's epoch), rounded; nullopt when it is not
/// one
[[nodiscard]] std::optional<std::int64_t> timestamp_microseconds(std::string_view text);
/// `YYYY-MM-DD`. @return days since 2000-01-01; nullopt when it is not a date of the calendar
[[nodiscard]] std::optional<std::int32_t> date_days(std::string_view text);

/// `YYYY-MM-DD HH:MM:SS[.ffffff]`, without a zone.
[[nodiscard]] std::string timestamp_text(std::int64_t microseconds);
[[nodiscard]] std::string date_text(std::int32_t days);

/// The nearest double of a binary `numeric` (NaN and infinities included).
[[nodiscard]] double numeric_to_double(std::string_view bytes);

}  // namespace tb::db::wire
