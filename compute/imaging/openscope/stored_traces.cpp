#include "compute/imaging/openscope/stored_traces.hpp"

#include "trialbase/error.hpp"

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

StoredTraces::StoredTraces(const Inputs& inputs, std::string_view fetch, std::size_t n_rois)
    : array_(inputs.array(fetch, "trace_ref")) {
    if (array_.shape.size() != 2 || array_.shape[1] != n_rois) {
        throw Error(ErrorKind::data,
                    fmt::format("{}: traces of {} axes and {} columns, expected frames of {} ROIs",
                                inputs.key, array_.shape.size(),
                                array_.shape.size() == 2 ? array_.shape[1] : 0, n_rois),
                    "Load the session again.", "ColumnLength");
    }
    if (array_.dtype() != "float32" && array_.dtype() != "float64") {
        throw Error(ErrorKind::data,
                    fmt::format("{}: traces are of type {}, expected float32 or float64",
                                inputs.key, array_.dtype()),
                    "Load the session again.", "ValueError");
    }
}

}  // namespace tb::compute::imaging::openscope
