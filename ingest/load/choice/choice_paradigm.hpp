// The world of two-alternative choice: trials, wheel, licks, and photometry beside them or alone.
#pragma once

#include "ingest/load/paradigm.hpp"

namespace tb::load {

/// Loads ChoiceSession. One object for the whole program.
[[nodiscard]] const Paradigm& choice_paradigm();

}  // namespace tb::load
