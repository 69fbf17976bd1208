// The computed tables of this program: those that each field names, and the SQL of their fetches.
#include "compute/care/tables.hpp"
#include "compute/change_detection/tables.hpp"
#include "compute/imaging/tables.hpp"
#include "compute/photometry/tables.hpp"
#include "compute/task/tables.hpp"
#include "embedded/compute_sql.hpp"
#include "trialbase/computed_table.hpp"
#include "trialbase/error.hpp"

#include <algorithm>

namespace tb {

std::string compute_sql_text(std::string_view path) {
    const std::string full_path = "compute/" + std::string(path);
    const auto files = embedded::compute_sql();
    const auto found = std::ranges::find(files, full_path, &embedded::File::path);
    if (found == files.end())
        throw Error(ErrorKind::internal, "no file " + full_path + " is embedded");
    return std::string(found->text);
}

const std::vector<ComputedTable>& computed_tables() {
    static const std::vector<ComputedTable> all = [] {
        auto tables = compute::task::tables();
        std::ranges::move(compute::photometry::tables(), std::back_inserter(tables));
        std::ranges::move(compute::change_detection::tables(), std::back_inserter(tables));
        std::ranges::move(compute::care::tables(), std::back_inserter(tables));
        std::ranges::move(compute::imaging::tables(), std::back_inserter(tables));
        return tables;
    }();
    return all;
}

}  // namespace tb
