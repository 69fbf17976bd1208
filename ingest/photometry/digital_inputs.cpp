#include "ingest/photometry/digital_inputs.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

/// A column as numbers (true is 1); nothing for text.
std::vector<double> numbers(const formats::Table& table, std::string_view name) {
    const auto* column = table.find(name);
    const bool is_number =
        column != nullptr && !std::holds_alternative<std::vector<std::string>>(column->values) &&
        !std::holds_alternative<std::vector<std::vector<double>>>(column->values);
    if (!is_number && !(column != nullptr && table.rows == 0)) {
        throw Error(ErrorKind::data,
                    fmt::format("digital inputs have no column {} of numbers", name),
                    "Expected Timestamp with Value, Timestamp with Value.Value, or "
                    "SystemTimestamp with Channel.",
                    "ValueError");
    }
    return table.rows == 0 ? std::vector<double>{} : column->as_doubles();
}

}  // namespace

std::vector<DigitalEvent> read_digital_inputs(const formats::Table& table, double unit_s) {
    const bool is_version_5 = table.find("SystemTimestamp") != nullptr;
    const auto times = numbers(table, is_version_5 ? "SystemTimestamp" : "Timestamp");
    std::vector<double> rising(table.rows, 1.0);
    if (!is_version_5)
        rising = numbers(table, table.find("Value.Value") != nullptr ? "Value.Value" : "Value");
    const bool has_channels = is_version_5 || table.find("Channel") != nullptr;
    const auto channels =
        has_channels ? numbers(table, "Channel") : std::vector<double>(table.rows, 0.0);
    std::vector<DigitalEvent> events;
    events.reserve(table.rows);
    for (std::size_t i = 0; i < table.rows; ++i) {
        if (!std::isfinite(times[i]) || !(std::abs(channels[i]) < 1e6) || std::isnan(rising[i]))
            continue;
        events.push_back({.channel = static_cast<int>(channels[i]),
                          .time_s = times[i] * unit_s,
                          .is_rising = rising[i] != 0.0});
    }
    std::ranges::stable_sort(events, {}, &DigitalEvent::time_s);
    return events;
}

}  // namespace tb::photometry
