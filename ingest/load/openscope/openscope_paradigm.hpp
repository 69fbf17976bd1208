// The world of the OpenScope credit-assignment experiment: segments, running, pupil, one plane.
#pragma once

#include "ingest/load/paradigm.hpp"

namespace tb::load {

/// Loads OpenScopeSession. @return an object that lives as long as the program
[[nodiscard]] const Paradigm& openscope_paradigm();

}  // namespace tb::load
