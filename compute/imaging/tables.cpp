#include "compute/imaging/tables.hpp"

#include "compute/imaging/event_response.hpp"
#include "compute/imaging/filtered_events.hpp"
#include "compute/imaging/openscope/integrated_response_set.hpp"
#include "compute/imaging/openscope/roi_signal_set.hpp"
#include "compute/imaging/openscope/selectivity_set.hpp"
#include "compute/imaging/openscope/sequence_block_set.hpp"

namespace tb::compute::imaging {

std::vector<ComputedTable> tables() {
    return {
        event_response_table(),
        filtered_events_table(),
        openscope::roi_signal_set_table(),
        openscope::selectivity_set_table(),
        openscope::integrated_response_set_table(),
        openscope::sequence_block_set_table(),
    };
}

}  // namespace tb::compute::imaging
