// Whether an NWB file says that it is simulated.
#pragma once

#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/simulated_marker.hpp"

namespace tb::nwb {

/// True for a file of `trialbase simulate`, wherever it has been copied to.
[[nodiscard]] inline bool says_simulated(const NwbFile& file) {
    return file.info().experiment_description.starts_with(simulated_description);
}

}  // namespace tb::nwb
