// Frames of the Neurophotometrics acquisition: raw tables of every version and extracted ALF
// tables, decoded LED states, bands. Source: spec/photometry.md, 4.1 to 4.3.
#pragma once

#include "ingest/formats/table.hpp"
#include "trialbase/photometry_session.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
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

/// How a state byte becomes LEDs.
enum class LedDecoding {
    bits,      ///< the three lowest bits are the LEDs (415, 470, 560 nm), the others digital lines
    reference  ///< the reference's table of conditions, which knows only some lines together
};
/// Source: spec/photometry.md, 4.2, with its order of conditions (reference). Where the table knows
/// a state, both say the same.
[[nodiscard]] DecodedLed decode_led_state(std::int64_t state,
                                          LedDecoding decoding = LedDecoding::bits);
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
    std::vector<std::string> other_columns;   ///< of numbers, neither data nor the acquisition's
    /// Frames that the counter passed over; nothing without a counter.
    std::optional<std::int64_t> n_skipped;
};

/// Names of the data columns of a table, sorted: those that begin with `Region`, else `R` or `G`
/// and a number (R1, G0).
[[nodiscard]] std::vector<std::string> data_columns(const formats::Table& table);

struct FrameOptions {
    bool drop_first = true;
    LedDecoding decoding = LedDecoding::bits;
    double unit_s = 1.0;  ///< what one unit of Timestamp or SystemTimestamp is [s]
};

/// Raw frames of the first version whose columns are all there (whole numbers and numbers as it
/// asks). @throws tb::Error (data, ValueError) when none fits, a column is no number, or a row
/// has no time
[[nodiscard]] FrameTable read_raw_frames(const formats::Table& table,
                                         const FrameOptions& options = {});

/// An extracted table (photometry.signal): `times`, `color` (else `name`, else `wavelength`), data
/// columns `columns`, or all that data_columns() finds when that is empty. The first row is dropped
/// as the reference's loader does. @throws tb::Error (data, ValueError) when columns are missing or
/// no numbers, or a row has no time
[[nodiscard]] FrameTable read_extracted_frames(const formats::Table& table,
                                               const std::vector<std::string>& columns = {},
                                               bool drop_first = true);

/// Times of frames that cannot be: a rate outside 1 Hz to 10 kHz, which tells of another unit than
/// seconds. Fewer than three frames tell nothing.
/// @throws tb::Error (data, ValueError)
void require_plausible_rate(const FrameTable& frames);

/// Frames by band, in the order GCaMP, Isosbestic, RCaMP; frames of none, several or undecoded LEDs
/// are in no band. A band without a frame is absent. Where 470 and 560 nm are on together, the
/// green columns (G0, Region0G) are GCaMP and the red ones RCaMP: a column of the other colour has
/// no samples in the band then.
[[nodiscard]] std::vector<PhotometryBand> split_bands(const FrameTable& frames);

/// Frames that split_bands() leaves out, by the names of their LEDs (`None`, `Isosbestic+GCaMP`,
/// `not decoded`); nothing where there are none.
[[nodiscard]] std::map<std::string, std::size_t> frames_without_band(const FrameTable& frames);

}  // namespace tb::photometry
