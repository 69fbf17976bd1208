// What of an NWB file a loader takes, by the object alone.
#pragma once

#include "ingest/nwb/nwb_file.hpp"

#include <string_view>

namespace tb::nwb {

/// `trials`: /intervals/trials, a row each; `intervals`: other tables with start and stop times;
/// empty: stays in the file.
[[nodiscard]] std::string_view loaded_as(const Table& table);

/// `array`: numbers in time; `events`: times with a text, or alone; empty: stays in the file
/// (pictures elsewhere, data that lead out of the file, no times, values of no known type).
[[nodiscard]] std::string_view loaded_as(const Series& series);

}  // namespace tb::nwb
