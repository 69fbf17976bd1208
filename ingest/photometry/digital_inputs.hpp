// Digital inputs of the Neurophotometrics acquisition.
#pragma once

#include "ingest/formats/table.hpp"
#include "trialbase/photometry_session.hpp"

#include <vector>

namespace tb::photometry {

/// Changes in order of time; rows without time or value are left out. Versions by their columns:
/// `Timestamp` with `Value` (1); `Timestamp` with `Value.Value` (2), whose `Value.Seconds`, another
/// clock, is not used; `SystemTimestamp` with `Channel` (5), where only rising edges are recorded.
/// Before version 5 the file names no channel: it is `Channel` where there is one, else 0.
/// @param unit_s  what one unit of these times is [s]
/// @throws tb::Error (data, ValueError) for other columns
[[nodiscard]] std::vector<DigitalEvent> read_digital_inputs(const formats::Table& table,
                                                            double unit_s = 1.0);

}  // namespace tb::photometry
