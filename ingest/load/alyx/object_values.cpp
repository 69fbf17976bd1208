#include "ingest/load/alyx/object_values.hpp"

#include "ingest/load/json_rows.hpp"
#include "src/base/uuid.hpp"
#include "src/db/wire.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

using alyx::FieldKind;
using nlohmann::json;

std::string shown(const json& value) {
    auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return db::sanitize_text(text);
}

std::optional<double> number_of(const json& value) {
    if (value.is_number()) return value.get<double>();
    if (!value.is_string()) return std::nullopt;
    const auto& text = value.get_ref<const std::string&>();
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<bool> boolean_of(const json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) {
        if (value == 0) return false;
        if (value == 1) return true;
    }
    if (value.is_string()) {
        if (value == "true" || value == "True" || value == "1") return true;
        if (value == "false" || value == "False" || value == "0") return false;
    }
    return std::nullopt;
}

bool is_year_sensible(std::string_view text) {
    return text.size() >= 10 && text[4] == '-' && text.substr(0, 4) >= "1900" &&
           text.substr(0, 4) <= "2199";
}

bool has_offset(std::string_view text) {
    return text.size() > 19 && (text.ends_with('Z') || text.find('+', 19) != text.npos ||
                                text.find('-', 19) != text.npos);
}

ReadValue read_number(FieldKind kind, const json& value) {
    const auto number = number_of(value);
    if (!number || !std::isfinite(*number)) return {{}, shown(value) + " is no number"};
    if (kind == FieldKind::integer) {
        constexpr double largest = std::numeric_limits<std::int32_t>::max();
        if (std::floor(*number) != *number || std::abs(*number) > largest)
            return {{}, shown(value) + " is no whole number of a sensible size"};
        return {static_cast<std::int64_t>(*number), {}};
    }
    if (kind == FieldKind::amount && *number < 0) return {{}, shown(value) + " is negative"};
    if (kind == FieldKind::share && (*number < 0 || *number > 1))
        return {{}, shown(value) + " is no share from 0 to 1"};
    return {*number == 0 ? 0.0 : *number, {}};
}

/// Labels of core.qc_outcome.
ReadValue read_outcome(const json& value) {
    static constexpr std::pair<std::string_view, std::int64_t> labels[] = {
        {"NOT_SET", 0}, {"PASS", 10}, {"WARNING", 30}, {"FAIL", 40}, {"CRITICAL", 50}};
    for (const auto& [label, number] : labels)
        if (value == label) return {number, {}};
    return read_number(FieldKind::integer, value);
}

ReadValue read_json(const json& value) {
    if (!value.is_string()) return {json_object(value.dump(-1, ' ', false)).dump(), {}};
    auto inner = json::parse(value.get_ref<const std::string&>(), nullptr, false);
    if (!inner.is_discarded()) {
        if (inner.is_null()) return {};
        return {json_object(inner.dump()).dump(), {}};
    }
    ReadValue kept{json(db::sanitize_text(value.get_ref<const std::string&>())).dump(), {}};
    kept.is_odd = true;
    return kept;
}

ReadValue read_text(const json& value) {
    if (value.is_structured()) return {{}, shown(value) + " is no text"};
    if (!value.is_string()) return {value.dump(), {}};
    return {db::sanitize_text(value.get_ref<const std::string&>()), {}};
}

ReadValue read_time(FieldKind kind, const json& value) {
    const auto fault = [&] {
        return ReadValue{{},
                         shown(value) + (kind == FieldKind::date ? " is no date" : " is no time")};
    };
    if (!value.is_string()) return fault();
    const auto& text = value.get_ref<const std::string&>();
    if (!is_year_sensible(text)) return fault();
    if (kind == FieldKind::date) {
        const auto day = text.substr(0, 10);
        const bool is_day = text.size() == 10 || db::wire::timestamp_microseconds(text);
        if (!is_day || !db::wire::date_days(day)) return fault();
        return {day, {}};
    }
    if (!db::wire::timestamp_microseconds(text)) return fault();
    ReadValue read{text, {}};
    read.is_instant = has_offset(text);
    return read;
}

}  // namespace

std::optional<std::string> reference_text(const json& value) {
    if (value.is_number_integer()) return value.dump();
    if (!value.is_string()) return std::nullopt;
    auto text = db::sanitize_text(value.get_ref<const std::string&>());
    if (text.starts_with("http://") || text.starts_with("https://")) {
        while (text.ends_with('/')) text.pop_back();
        text = text.substr(text.rfind('/') + 1);
    }
    if (const auto uuid = Uuid::parse(text)) return uuid->to_string();
    if (text.empty()) return std::nullopt;
    return text;
}

ReadValue read_value(FieldKind kind, const json& value) {
    if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()))
        return {};
    switch (kind) {
        case FieldKind::text:
            return read_text(value);
        case FieldKind::reference:
        case FieldKind::uuid: {
            const auto text = reference_text(value);
            if (!text) return {{}, shown(value) + " names nothing"};
            if (kind == FieldKind::uuid && !Uuid::parse(*text))
                return {{}, shown(value) + " is no UUID"};
            return {*text, {}};
        }
        case FieldKind::integer:
        case FieldKind::number:
        case FieldKind::amount:
        case FieldKind::share:
            return read_number(kind, value);
        case FieldKind::outcome:
            return read_outcome(value);
        case FieldKind::boolean: {
            const auto truth = boolean_of(value);
            if (!truth) return {{}, shown(value) + " is neither true nor false"};
            return {*truth, {}};
        }
        case FieldKind::date:
        case FieldKind::moment:
            return read_time(kind, value);
        case FieldKind::json:
            return read_json(value);
        case FieldKind::list:
            break;
    }
    return {};
}

}  // namespace tb::load
