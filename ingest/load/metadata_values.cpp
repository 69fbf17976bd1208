#include "ingest/load/metadata_values.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace tb::load {
namespace {

std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// The whole text as a number of so many digits.
std::optional<int> digits(std::string_view text, std::size_t begin, std::size_t count) {
    if (begin + count > text.size()) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(begin, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

bool is_date(std::string_view text) {
    const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !year || !month || !day)
        return false;
    return *year >= 1900 &&
           std::chrono::year_month_day(std::chrono::year(*year),
                                       std::chrono::month(static_cast<unsigned>(*month)),
                                       std::chrono::day(static_cast<unsigned>(*day)))
               .ok();
}

/// HH:MM[:SS[.fff]], then nothing, Z, or an offset +HH[:]MM.
bool is_clock(std::string_view text) {
    const auto hour = digits(text, 0, 2), minute = digits(text, 3, 2);
    if (!hour || !minute || *hour > 23 || *minute > 59 || text[2] != ':') return false;
    text.remove_prefix(5);
    if (text.starts_with(":")) {
        const auto second = digits(text, 1, 2);
        if (!second || *second > 59) return false;
        text.remove_prefix(3);
        if (text.starts_with(".")) {
            text.remove_prefix(1);
            if (text.empty() || text[0] < '0' || text[0] > '9') return false;
            while (!text.empty() && text[0] >= '0' && text[0] <= '9') text.remove_prefix(1);
        }
    }
    if (text.empty() || text == "Z") return true;
    if (text[0] != '+' && text[0] != '-') return false;
    const auto zone_hour = digits(text, 1, 2);
    if (!zone_hour || *zone_hour > 14) return false;
    text.remove_prefix(3);
    if (text.empty()) return true;
    if (text[0] == ':') text.remove_prefix(1);
    const auto zone_minute = digits(text, 0, 2);
    return text.size() == 2 && zone_minute && *zone_minute < 60;
}

MetadataValue number_of(std::string text, char delimiter, bool is_fraction) {
    if (delimiter == ';' && std::ranges::count(text, ',') == 1 && text.find('.') == text.npos)
        text[text.find(',')] = '.';
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return {std::nullopt, "expected a number"};
    if (value < 0) return {std::nullopt, "expected a number of 0 or more"};
    if (is_fraction && value > 1) return {std::nullopt, "expected a number from 0 to 1"};
    return {text, {}};
}

}  // namespace

MetadataValue metadata_value(std::string_view field, MetadataType type, char delimiter) {
    if (field.empty()) return {};
    const std::string text(field);
    switch (type) {
        case MetadataType::text:
        case MetadataType::time_zone:
            if (std::ranges::any_of(text,
                                    [](char c) { return static_cast<unsigned char>(c) < 32; }))
                return {std::nullopt, "expected a text without control characters"};
            return {text, {}};
        case MetadataType::date:
            if (is_date(text)) return {text, {}};
            return {std::nullopt, "expected a date as 2019-02-03"};
        case MetadataType::time:
            if (text.size() > 10 && is_date(text.substr(0, 10)) &&
                (text[10] == 'T' || text[10] == ' ') && is_clock(std::string_view(text).substr(11)))
                return {text, {}};
            return {std::nullopt, "expected date and time as 2019-05-04T09:30"};
        case MetadataType::number:
            return number_of(text, delimiter, false);
        case MetadataType::fraction:
            return number_of(text, delimiter, true);
        case MetadataType::integer: {
            std::int32_t value = 0;
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), value);
            if (error == std::errc() && end == text.data() + text.size()) return {text, {}};
            return {std::nullopt, "expected a whole number"};
        }
        case MetadataType::boolean: {
            const auto word = lowered(text);
            if (word == "true" || word == "yes" || word == "1") return {"true", {}};
            if (word == "false" || word == "no" || word == "0") return {"false", {}};
            return {std::nullopt, "expected true or false"};
        }
        case MetadataType::sex: {
            const auto word = lowered(text);
            if (word == "m" || word == "male") return {"M", {}};
            if (word == "f" || word == "female") return {"F", {}};
            if (word == "u" || word == "unknown") return {"U", {}};
            return {std::nullopt, "expected M, F or U"};
        }
    }
    return {};
}

}  // namespace tb::load
