// A little session: grey, flow to the right with one unexpected stretch, grey, two Gabor sequences
// (the second unexpected), grey.
#pragma once

#include "compute/imaging/openscope/segment_table.hpp"

namespace tb::compute::imaging::openscope {

/// 60 stimulus and 30 two-photon frames a second; the first stimulus frame is two-photon frame 100.
/// Rows: 0 grey (2 s); 1 to 5 flow (1 s each; 3 and 4 unexpected); 6 grey (2 s); 7 to 11 A B C D G
/// and 12 to 16 A B C U G (0.3 s each); 17 grey (2 s).
[[nodiscard]] SegmentTable session_example();

}  // namespace tb::compute::imaging::openscope
