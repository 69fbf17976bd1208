#include "ingest/photometry/digital_inputs.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

namespace tb::photometry {
namespace {

/// A column as numbers; nothing for text.
std::vector<double> numbers(const formats::Column* column, const char* name) {
    if (column == nullptr || std::holds_alternative<std::vector<std::string>>(column->values) ||
        std::holds_alternative<std::vector<std::vector<double>>>(column->values)) {
        throw Error(ErrorKind::data,
                    std::string("digital inputs have no column ") + name + " of numbers",
                    "Expected Timestamp with Value, or with Value.Value.", "ValueError");
    }
    return column->as_doubles();
}

}  // namespace

std::vector<DigitalEvent> read_digital_inputs(const formats::Table& table) {
    const auto times = numbers(table.find("Timestamp"), "Timestamp");
    const auto* value = table.find("Value.Value");
    const auto values = numbers(value != nullptr ? value : table.find("Value"), "Value");
    const auto* channel = table.find("Channel");
    const auto channels =
        channel != nullptr ? numbers(channel, "Channel") : std::vector<double>(table.rows, 0.0);
    std::vector<DigitalEvent> events;
    events.reserve(table.rows);
    for (std::size_t i = 0; i < table.rows; ++i) {
        if (!std::isfinite(times[i]) || !(std::abs(channels[i]) < 1e6)) continue;
        events.push_back({.channel = static_cast<int>(channels[i]),
                          .time_s = times[i],
                          .is_rising = values[i] != 0.0});
    }
    std::ranges::stable_sort(events, {}, &DigitalEvent::time_s);
    return events;
}

}  // namespace tb::photometry
