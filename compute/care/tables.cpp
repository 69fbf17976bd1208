#include "compute/care/tables.hpp"

#include "compute/care/water_control_table.hpp"

namespace tb::compute::care {

std::vector<ComputedTable> tables() {
    return {water_control_table()};
}

}  // namespace tb::compute::care
