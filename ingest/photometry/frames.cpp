#include "ingest/photometry/frames.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

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
        refuse("the table has no data columns",
               "They are named Region..., or G or R and a number (G0, R1).");
    }
    require_times(frames.times_s);
    constexpr std::array<std::string_view, 14> known{
        "FrameCounter", "Timestamp", "SystemTimestamp", "ComputerTimestamp",
        "Flags",        "LedState",  "Stimulation",     "Output0",
        "Output1",      "Input0",    "Input1",          "times",
        "wavelength",   "index"};
    for (const auto& column : table.columns) {
        if (is_number(&column) && std::ranges::find(known, column.name) == known.end() &&
            std::ranges::find(columns, column.name) == columns.end())
            frames.other_columns.push_back(column.name);
    }
    frames.columns = std::move(columns);
    for (const auto& column : frames.columns) frames.values.push_back(numbers_of(table, column));
    if (!drop_first || frames.times_s.empty()) return;
    frames.n_dropped = 1;
    frames.times_s.erase(frames.times_s.begin());
    frames.led.erase(frames.led.begin());
    for (auto& values : frames.values) values.erase(values.begin());
}

/// 1 is 415 nm, 2 is 470 nm, 4 is 560 nm; what stands above are digital lines.
DecodedLed decode_bits(std::int64_t state) {
    if (state < 0) return describe(LedState::gap);
    constexpr std::array<LedState, 8> states{LedState::none,        LedState::isosbestic,
                                             LedState::gcamp,       LedState::isosbestic_gcamp,
                                             LedState::rcamp,       LedState::isosbestic_rcamp,
                                             LedState::gcamp_rcamp, LedState::all};
    return describe(states[static_cast<std::size_t>(state & 7)]);
}

/// Frames that the counter passed over, where it counts in equal steps.
std::optional<std::int64_t> skipped_by(const std::vector<double>& counter) {
    if (counter.size() < 3) return std::nullopt;
    std::vector<double> steps;
    for (std::size_t i = 1; i < counter.size(); ++i) steps.push_back(counter[i] - counter[i - 1]);
    auto ordered = steps;
    const auto middle = ordered.begin() + static_cast<std::ptrdiff_t>(ordered.size() / 2);
    std::ranges::nth_element(ordered, middle);
    if (!(*middle >= 1.0)) return std::nullopt;
    std::int64_t skipped = 0;
    for (const double step : steps) {
        // A counter that begins again, or jumps beyond what a session can hold, tells nothing.
        if (step > *middle && step < 1e8)
            skipped += static_cast<std::int64_t>(std::llround(step / *middle)) - 1;
    }
    return skipped;
}

bool is_colour_and_number(std::string_view name) {
    return name.size() > 1 && (name[0] == 'R' || name[0] == 'G') &&
           std::ranges::all_of(name.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

/// Which light a column's detector sees: G0, Region0G green; R1, Region1R red.
enum class Colour { unknown, green, red };
Colour colour_of(std::string_view column) {
    if (column.empty()) return Colour::unknown;
    const char c = is_colour_and_number(column)   ? column.front()
                   : column.starts_with("Region") ? column.back()
                                                  : ' ';
    return c == 'G' ? Colour::green : c == 'R' ? Colour::red : Colour::unknown;
}

/// Whether 470 and 560 nm together can be told apart: every detector sees one colour.
bool can_part_colours(const FrameTable& frames) {
    return !frames.columns.empty() && std::ranges::all_of(frames.columns, [](const auto& column) {
        return colour_of(column) != Colour::unknown;
    });
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

DecodedLed decode_led_state(std::int64_t state, LedDecoding decoding) {
    if (decoding == LedDecoding::bits) return decode_bits(state);
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
            if (is_colour_and_number(column.name)) columns.push_back(column.name);
        }
    }
    std::ranges::sort(columns);
    return columns;
}

FrameTable read_raw_frames(const formats::Table& table, const FrameOptions& options) {
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
        for (double& time : frames.times_s) time *= options.unit_s;
        frames.n_skipped = skipped_by(table.find("FrameCounter")->as_doubles());
        for (const double value : state->as_doubles()) {
            frames.led.push_back(
                std::isfinite(value) && std::abs(value) < 1e9
                    ? decode_led_state(static_cast<std::int64_t>(value), options.decoding).state
                    : LedState::gap);
        }
        take_values(frames, table, data_columns(table), options.drop_first);
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

void require_plausible_rate(const FrameTable& frames) {
    const auto& times_s = frames.times_s;
    if (times_s.size() < 3) return;
    std::vector<double> intervals;
    for (std::size_t i = 1; i < times_s.size(); ++i)
        intervals.push_back(std::abs(times_s[i] - times_s[i - 1]));
    const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
    std::ranges::nth_element(intervals, middle);
    const double rate_hz = 1.0 / *middle;
    if (rate_hz >= 1.0 && rate_hz <= 1e4) return;
    refuse(fmt::format("{:.4g} frames a second, by times from {} to {} s: no rig takes so {}",
                       rate_hz, times_s.front(), times_s.back(), rate_hz < 1.0 ? "few" : "many"),
           "Are the times in milliseconds or microseconds? Say so with --time-unit ms (or us).");
}

std::vector<PhotometryBand> split_bands(const FrameTable& frames) {
    const bool parts_colours = can_part_colours(frames);
    std::vector<PhotometryBand> bands;
    for (const auto state : {LedState::gcamp, LedState::isosbestic, LedState::rcamp}) {
        const auto wanted = state == LedState::rcamp ? Colour::red : Colour::green;
        const bool takes_both = parts_colours && state != LedState::isosbestic;
        std::vector<std::size_t> rows;
        bool has_both = false;
        for (std::size_t i = 0; i < frames.led.size(); ++i) {
            const bool is_both = takes_both && frames.led[i] == LedState::gcamp_rcamp;
            has_both = has_both || is_both;
            if (is_both || frames.led[i] == state) rows.push_back(i);
        }
        const auto sees = [&](const std::string& column) {
            return !has_both || colour_of(column) == wanted;
        };
        if (rows.empty() || std::ranges::none_of(frames.columns, sees)) continue;
        const auto known = describe(state);
        PhotometryBand band{.band = std::string(known.name),
                            .wavelength_nm = static_cast<int>(known.wavelength_nm),
                            .times_s = {},
                            .signals = {}};
        const auto select = [&](const std::vector<double>& values) {
            std::vector<double> selected;
            selected.reserve(rows.size());
            for (const auto row : rows) selected.push_back(values[row]);
            return selected;
        };
        band.times_s = select(frames.times_s);
        for (std::size_t c = 0; c < frames.columns.size(); ++c) {
            auto& signal = band.signals.emplace_back();
            if (sees(frames.columns[c])) signal = select(frames.values[c]);
        }
        bands.push_back(std::move(band));
    }
    return bands;
}

std::map<std::string, std::size_t> frames_without_band(const FrameTable& frames) {
    const bool parts_colours = can_part_colours(frames);
    std::map<std::string, std::size_t> found;
    for (const auto state : frames.led) {
        const bool is_single =
            state == LedState::gcamp || state == LedState::isosbestic || state == LedState::rcamp;
        if (is_single || (state == LedState::gcamp_rcamp && parts_colours)) continue;
        const auto name = describe(state).name;
        ++found[name.empty() ? "not decoded" : std::string(name)];
    }
    return found;
}

}  // namespace tb::photometry
