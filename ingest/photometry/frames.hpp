// Frames of the Neurophotometrics acquisition: raw tables of every version and extracted ALF
// tables, decoded LED states, bands. Source: spec/photometry.md, 4.1 to 4.3.
#pragma once

#include "ingest/formats/table.hpp"
#include "trialbase/photometry_session.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tb::photometry {

/// What a state byte of the acquisition says. `name` and `color` are empty where it says nothing.
struct DecodedLed {
    std::string_view name;   ///< None, Isosbestic, GCaMP, RCaMP, joined with `+`; empty: gap
    std::string_view color;  ///< None, Violet, Blue, Green, joined with `+`; empty: gap
    double wavelength_nm = std::numeric_limits<double>::quiet_NaN();  ///< NaN for several or gaps
    LedState state = LedState::gap;
};

/// Source: spec/photometry.md, 4.2, with its order of conditions.
[[nodiscard]] DecodedLed decode_led_state(std::int64_t state);
[[nodiscard]] DecodedLed describe(LedState state);
/// The state whose color this is (`Violet`, `Violet+Blue`, `None`); gap for any other text.
[[nodiscard]] LedState led_of_color(std::string_view color);

/// One row per camera frame.
struct FrameTable {
    std::string version;  ///< version_1, version_2, version_5; empty for an extracted table
    std::vector<double> times_s;
    std::vector<LedState> led;
    std::vector<std::string> columns;         ///< data columns, sorted by name
    std::vector<std::vector<double>> values;  ///< per data column
    std::size_t n_dropped = 0;                ///< frames dropped at the start
};

/// Names of the data columns of a table, sorted: those that begin with `Region`, else with `R` or
/// `G`.
[[nodiscard]] std::vector<std::string> data_columns(const formats::Table& table);

/// Raw frames of the first version whose columns are all there (whole numbers and numbers as it
/// asks). @throws tb::Error (data, ValueError) when none fits, a column is no number, or a row
/// has no time
[[nodiscard]] FrameTable read_raw_frames(const formats::Table& table, bool drop_first = true);

/// An extracted table (photometry.signal): `times`, `color` (else `name`, else `wavelength`), data
/// columns `columns`, or all that data_columns() finds when that is empty. The first row is dropped
/// as the reference's loader does. @throws tb::Error (data, ValueError) when columns are missing or
/// no numbers, or a row has no time
[[nodiscard]] FrameTable read_extracted_frames(const formats::Table& table,
                                               const std::vector<std::string>& columns = {},
                                               bool drop_first = true);

/// Frames by band, in the order GCaMP, Isosbestic, RCaMP; frames of none, several or undecoded LEDs
/// are in no band. A band without a frame is absent.
[[nodiscard]] std::vector<PhotometryBand> split_bands(const FrameTable& frames);

}  // namespace tb::photometry
