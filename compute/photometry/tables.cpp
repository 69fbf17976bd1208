#include "compute/photometry/tables.hpp"

#include "compute/photometry/preprocessed.hpp"
#include "compute/photometry/raw_qc.hpp"
#include "compute/photometry/response_set.hpp"
#include "compute/photometry/session_check.hpp"
#include "compute/photometry/session_performance.hpp"
#include "compute/photometry/signal_qc.hpp"
#include "compute/photometry/subject_catalog.hpp"

namespace tb::compute::photometry {

std::vector<ComputedTable> tables() {
    return {
        preprocessed_table(),        raw_qc_table(),
        response_set_table(),        session_check_table(),
        session_performance_table(), signal_qc_table(),
        subject_catalog_table(),
    };
}

}  // namespace tb::compute::photometry
