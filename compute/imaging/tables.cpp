#include "compute/imaging/tables.hpp"

#include "compute/imaging/event_response.hpp"
#include "compute/imaging/filtered_events.hpp"

namespace tb::compute::imaging {

std::vector<ComputedTable> tables() {
    return {
        event_response_table(),
        filtered_events_table(),
    };
}

}  // namespace tb::compute::imaging
