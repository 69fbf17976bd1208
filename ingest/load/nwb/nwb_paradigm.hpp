// NWB files of no particular world: tables of intervals and events as rows, series as arrays.
#pragma once

#include "ingest/load/paradigm.hpp"

namespace tb::load {

/// Loads NwbSession. One object for the whole program.
[[nodiscard]] const Paradigm& nwb_paradigm();

}  // namespace tb::load
