#include "ingest/photometry/frames.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// State byte without any LED per condition of the digital inputs, in the order that counts.
constexpr std::array<std::int64_t, 12> conditions{0,   8,   16, 32,  64,  128,
                                                  256, 512, 48, 528, 544, 560};

[[noreturn]] void refuse(const std::string& what, std::string hint = {}) {
    throw Error(ErrorKind::data, what, std::move(hint), "ValueError");
}

bool is_whole(const formats::Column* column) {
    if (column == nullptr) return false;
    if (std::holds_alternative<std::vector<std::int64_t>>(column->values)) return true;
    const auto* numbers = std::get_if<std::vector<double>>(&column->values);
    return numbers != nullptr && !numbers->empty() &&
           std::ranges::all_of(*numbers, [](double v) { return v == std::floor(v); });
}

bool is_number(const formats::Column* column) {
    return column != nullptr && (std::holds_alternative<std::vector<double>>(column->values) ||
                                 std::holds_alternative<std::vector<std::int64_t>>(column->values));
}

const formats::Column& wanted(const formats::Table& table, const std::string& name) {
    const auto* column = table.find(name);
    if (column == nullptr) refuse("the table has no column " + name);
    return *column;
}

std::vector<double> numbers_of(const formats::Table& table, const std::string& name) {
    const auto& column = wanted(table, name);
    if (!is_number(&column)) refuse("column " + name + " does not hold numbers");
    return column.as_doubles();
}

void require_times(const std::vector<double>& times_s) {
    const auto bad = std::ranges::find_if(times_s, [](double t) { return !std::isfinite(t); });
    if (bad != times_s.end()) refuse(fmt::format("row {} has no time", bad - times_s.begin() + 1));
}

void take_values(FrameTable& frames, const formats::Table& table, std::vector<std::string> columns,
                 bool drop_first) {
    if (columns.empty()) {
        refuse("the table has no data columns", "They begin with Region, R or G.");
    }
    require_times(frames.times_s);
    frames.columns = std::move(columns);
    for (const auto& column : frames.columns) frames.values.push_back(numbers_of(table, column));
    if (!drop_first || frames.times_s.empty()) return;
    frames.n_dropped = 1;
    frames.times_s.erase(frames.times_s.begin());
    frames.led.erase(frames.led.begin());
    for (auto& values : frames.values) values.erase(values.begin());
}

std::vector<LedState> led_states(const formats::Table& table) {
    std::vector<LedState> led(table.rows, LedState::gap);
    for (const char* name : {"color", "name"}) {
        const auto* column = table.find(name);
        if (column == nullptr) continue;
        const auto* texts = std::get_if<std::vector<std::string>>(&column->values);
        if (texts == nullptr) refuse(fmt::format("column {} does not hold text", name));
        for (std::size_t i = 0; i < texts->size(); ++i) {
            const bool is_color = name[0] == 'c';
            for (int state = 0; state <= 7; ++state) {
                const auto known = describe(static_cast<LedState>(state));
                if ((is_color ? known.color : known.name) == (*texts)[i])
                    led[i] = static_cast<LedState>(state);
            }
        }
        return led;
    }
    const auto wavelengths = numbers_of(table, "wavelength");
    for (std::size_t i = 0; i < wavelengths.size(); ++i) {
        if (wavelengths[i] == 0.0) led[i] = LedState::none;
        if (wavelengths[i] == 415.0) led[i] = LedState::isosbestic;
        if (wavelengths[i] == 470.0) led[i] = LedState::gcamp;
        if (wavelengths[i] == 560.0) led[i] = LedState::rcamp;
    }
    return led;
}

}  // namespace

DecodedLed describe(LedState state) {
    switch (state) {
        case LedState::none:
            return {"None", "None", 0.0, state};
        case LedState::isosbestic:
            return {"Isosbestic", "Violet", 415.0, state};
        case LedState::gcamp:
            return {"GCaMP", "Blue", 470.0, state};
        case LedState::rcamp:
            return {"RCaMP", "Green", 560.0, state};
        case LedState::isosbestic_gcamp:
            return {"Isosbestic+GCaMP", "Violet+Blue", nan, state};
        case LedState::isosbestic_rcamp:
            return {"Isosbestic+RCaMP", "Violet+Green", nan, state};
        case LedState::gcamp_rcamp:
            return {"GCaMP+RCaMP", "Blue+Green", nan, state};
        case LedState::all:
            return {"Isosbestic+GCaMP+RCaMP", "Violet+Blue+Green", nan, state};
        case LedState::gap:
            break;
    }
    return {"", "", nan, LedState::gap};
}

LedState led_of_color(std::string_view color) {
    for (int state = 0; state <= 7; ++state) {
        if (describe(static_cast<LedState>(state)).color == color)
            return static_cast<LedState>(state);
    }
    return LedState::gap;
}

DecodedLed decode_led_state(std::int64_t state) {
    for (const auto base : conditions) {
        if (state == base) return describe(LedState::none);
        if (state == base + 1) return describe(LedState::isosbestic);
        if (state == base + 2) return describe(LedState::gcamp);
        if (state == base + 4) return describe(LedState::rcamp);
    }
    // Several LEDs: the condition before the first larger one, the last where none is larger. Codes
    // are summed as they are, each with the condition's own bits in it, as the reference does.
    const auto larger = std::ranges::find_if(conditions, [&](auto base) { return base > state; });
    const auto row = larger == conditions.begin() || larger == conditions.end()
                         ? conditions.size() - 1
                         : static_cast<std::size_t>(larger - conditions.begin()) - 1;
    const auto base = conditions[row];
    if (state == 2 * base + 3) return describe(LedState::isosbestic_gcamp);
    if (state == 2 * base + 5) return describe(LedState::isosbestic_rcamp);
    if (state == 2 * base + 6) return describe(LedState::gcamp_rcamp);
    if (state == 3 * base + 7) return describe(LedState::all);
    return describe(LedState::gap);
}

std::vector<std::string> data_columns(const formats::Table& table) {
    std::vector<std::string> columns;
    for (const auto& column : table.columns) {
        if (column.name.starts_with("Region")) columns.push_back(column.name);
    }
    if (columns.empty()) {
        for (const auto& column : table.columns) {
            if (column.name.starts_with('R') || column.name.starts_with('G'))
                columns.push_back(column.name);
        }
    }
    std::ranges::sort(columns);
    return columns;
}

FrameTable read_raw_frames(const formats::Table& table, bool drop_first) {
    struct Version {
        const char* name;
        const char* time;
        const char* state;
        const char* other_time;
    };
    constexpr std::array<Version, 3> versions{
        Version{"version_1", "Timestamp", "Flags", nullptr},
        Version{"version_2", "Timestamp", "LedState", nullptr},
        Version{"version_5", "SystemTimestamp", "LedState", "ComputerTimestamp"}};
    for (const auto& version : versions) {
        const auto* state = table.find(version.state);
        if (!is_whole(table.find("FrameCounter")) || !is_whole(state) ||
            !is_number(table.find(version.time)) ||
            (version.other_time != nullptr && !is_number(table.find(version.other_time)))) {
            continue;
        }
        FrameTable frames;
        frames.version = version.name;
        frames.times_s = numbers_of(table, version.time);
        for (const double value : state->as_doubles()) {
            frames.led.push_back(std::isfinite(value) && std::abs(value) < 1e9
                                     ? decode_led_state(static_cast<std::int64_t>(value)).state
                                     : LedState::gap);
        }
        take_values(frames, table, data_columns(table), drop_first);
        return frames;
    }
    refuse("the columns are those of no version of Neurophotometrics frames",
           "Expected FrameCounter with Timestamp and Flags, Timestamp and LedState, or "
           "SystemTimestamp, LedState and ComputerTimestamp, as numbers.");
}

FrameTable read_extracted_frames(const formats::Table& table,
                                 const std::vector<std::string>& columns, bool drop_first) {
    FrameTable frames;
    frames.times_s = numbers_of(table, "times");
    frames.led = led_states(table);
    take_values(frames, table, columns.empty() ? data_columns(table) : columns, drop_first);
    return frames;
}

std::vector<PhotometryBand> split_bands(const FrameTable& frames) {
    std::vector<PhotometryBand> bands;
    for (const auto state : {LedState::gcamp, LedState::isosbestic, LedState::rcamp}) {
        const auto count = static_cast<std::size_t>(std::ranges::count(frames.led, state));
        if (count == 0) continue;
        const auto known = describe(state);
        PhotometryBand band{.band = std::string(known.name),
                            .wavelength_nm = static_cast<int>(known.wavelength_nm),
                            .times_s = {},
                            .signals = {}};
        const auto select = [&](const std::vector<double>& values) {
            std::vector<double> selected;
            selected.reserve(count);
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (frames.led[i] == state) selected.push_back(values[i]);
            }
            return selected;
        };
        band.times_s = select(frames.times_s);
        for (const auto& values : frames.values) band.signals.push_back(select(values));
        bands.push_back(std::move(band));
    }
    return bands;
}

}  // namespace tb::photometry
