#include "compute/change_detection/tables.hpp"

#include "compute/change_detection/change_eye.hpp"
#include "compute/change_detection/change_performance.hpp"
#include "compute/change_detection/change_running.hpp"
#include "compute/change_detection/change_training.hpp"

namespace tb::compute::change_detection {

std::vector<ComputedTable> tables() {
    return {
        change_eye_table(),
        change_performance_table(),
        change_running_table(),
        change_training_table(),
    };
}

}  // namespace tb::compute::change_detection
