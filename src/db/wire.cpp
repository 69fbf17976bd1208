#include "src/db/wire.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::db::wire {
namespace {

using namespace std::chrono;

constexpr sys_days epoch = sys_days{year{2000} / January / 1};
constexpr std::int64_t day_us = 86'400'000'000;

/// Takes exactly `digits` decimal digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int32_t> take_date(std::string_view& text) {
    const auto y = take_digits(text, 4);
    if (!y || !take(text, '-')) return std::nullopt;
    const auto m = take_digits(text, 2);
    if (!m || !take(text, '-')) return std::nullopt;
    const auto d = take_digits(text, 2);
    if (!d || *y == 0) return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                              day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    return static_cast<std::int32_t>((sys_days{date} - epoch).count());
}

/// Fraction digits after the point as microseconds, rounded half up.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
    std::int64_t value = 0;
    int digits = 0;
    bool round_up = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 6) value = value * 10 + (text.front() - '0');
        if (digits == 6) round_up = text.front() >= '5';
        ++digits;
        text.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
    for (int i = digits; i < 6; ++i) value *= 10;
    return value + (round_up ? 1 : 0);
}

/// Zone at the front as seconds east of UTC; none is UTC.
std::optional<int> take_zone(std::string_view& text) {
    if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
    const bool west = text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || *hours > 15) return std::nullopt;
    int minutes = 0;
    if (!text.empty()) {
        take(text, ':');
        const auto m = take_digits(text, 2);
        if (!m || *m > 59) return std::nullopt;
        minutes = *m;
    }
    const int seconds = *hours * 3600 + minutes * 60;
    return west ? -seconds : seconds;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return i < text.size() && at(i) >= low && at(i) <= high;
    };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0;
    if (first < 0xe0) return tail(1) ? 2 : 0;
    if (first < 0xf0) {
        // Neither overlong forms nor surrogates.
        const bool second = first == 0xe0   ? tail(1, 0xa0, 0xbf)
                            : first == 0xed ? tail(1, 0x80, 0x9f)
                                            : tail(1);
        return second && tail(2) ? 3 : 0;
    }
    if (first > 0xf4) return 0;
    const bool second = first == 0xf0   ? tail(1, 0x90, 0xbf)
                        : first == 0xf4 ? tail(1, 0x80, 0x8f)
                                        : tail(1);
    return second && tail(2) && tail(3) ? 4 : 0;
}

std::optional<std::string> uuid_bytes(std::string_view text) {
    if (text.size() != 36 && text.size() != 32) return std::nullopt;
    std::string out;
    out.reserve(16);
    int high = -1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (text.size() == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (c != '-') return std::nullopt;
            continue;
        }
        int digit = 0;
        if (c >= '0' && c <= '9') {
            digit = c - '0';
        } else if (c >= 'a' && c <= 'f') {
            digit = c - 'a' + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = c - 'A' + 10;
        } else {
            return std::nullopt;
        }
        if (high < 0) {
            high = digit;
        } else {
            out.push_back(static_cast<char>(high * 16 + digit));
            high = -1;
        }
    }
    return out;
}

std::string uuid_text(std::string_view bytes) {
    std::string out;
    out.reserve(36);
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
        const auto byte = static_cast<unsigned char>(bytes[i]);
        out.push_back(digits[byte >> 4]);
        out.push_back(digits[byte & 0xfU]);
    }
    return out;
}

std::optional<std::int64_t> timestamp_microseconds(std::string_view text) {
    if (text == "infinity") return std::numeric_limits<std::int64_t>::max();
    if (text == "-infinity") return std::numeric_limits<std::int64_t>::min();
    const auto days = take_date(text);
    if (!days) return std::nullopt;
    std::int64_t result = *days * day_us;
    if (text.empty()) return result;
    if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
    const auto hours = take_digits(text, 2);
    if (!hours || !take(text, ':')) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    result += (*hours * 3600LL + *minutes * 60LL) * 1'000'000;
    if (take(text, ':')) {
        const auto seconds = take_digits(text, 2);
        if (!seconds || *seconds > 60) return std::nullopt;  // 60: a leap second, carried on
        result += *seconds * 1'000'000LL;
        if (take(text, '.') || take(text, ',')) {
            const auto fraction = take_fraction(text);
            if (!fraction) return std::nullopt;
            result += *fraction;
        }
    }
    const auto zone = take_zone(text);
    if (!zone || !text.empty()) return std::nullopt;
    return result - *zone * 1'000'000LL;
}

std::optional<std::int32_t> date_days(std::string_view text) {
    const auto days = take_date(text);
    return days && text.empty() ? days : std::nullopt;
}

std::string date_text(std::int32_t days) {
    const year_month_day date{epoch + std::chrono::days{days}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string timestamp_text(std::int64_t microseconds) {
    if (microseconds == std::numeric_limits<std::int64_t>::max()) return "infinity";
    if (microseconds == std::numeric_limits<std::int64_t>::min()) return "-infinity";
    std::int64_t days = microseconds / day_us;
    std::int64_t rest = microseconds % day_us;
    if (rest < 0) {
        rest += day_us;
        --days;
    }
    const std::int64_t s = rest / 1'000'000;
    auto out = fmt::format("{} {:02}:{:02}:{:02}", date_text(static_cast<std::int32_t>(days)),
                           s / 3600, s / 60 % 60, s % 60);
    if (rest % 1'000'000 != 0) out += fmt::format(".{:06}", rest % 1'000'000);
    return out;
}

double numeric_to_double(std::string_view bytes) {
    // ndigits, weight (of the first base-10000 digit), sign, display scale, digits
    if (bytes.size() < 8) return std::numeric_limits<double>::quiet_NaN();
    const auto count = read<std::int16_t>(bytes);
    const auto weight = read<std::int16_t>(bytes.substr(2));
    const auto sign = read<std::uint16_t>(bytes.substr(4));
    if (sign == 0xc000) return std::numeric_limits<double>::quiet_NaN();
    if (sign == 0xd000) return std::numeric_limits<double>::infinity();
    if (sign == 0xf000) return -std::numeric_limits<double>::infinity();
    std::string digits = sign == 0x4000 ? "-0" : "0";
    for (int i = 0; i < count; ++i) {
        digits += fmt::format(
            "{:04}", read<std::int16_t>(bytes.substr(8 + 2 * static_cast<std::size_t>(i))));
    }
    digits += fmt::format("e{}", 4 * (weight - count + 1));
    double value = 0.0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

}  // namespace tb::db::wire
