// Digital inputs of the Neurophotometrics acquisition.
#pragma once

#include "ingest/formats/table.hpp"
#include "trialbase/photometry_session.hpp"

#include <vector>

namespace tb::photometry {

/// Changes in order of time. Forms: `Timestamp` with `Value`, or with `Value.Value` (whose
/// `Value.Seconds`, another clock, is not used); `Channel` where there is one, else channel 0.
/// @throws tb::Error (data, ValueError) for other columns
[[nodiscard]] std::vector<DigitalEvent> read_digital_inputs(const formats::Table& table);

}  // namespace tb::photometry
