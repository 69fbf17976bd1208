// The list of computed tables of this program, and the SQL of their fetches.
#include "compute/photometry/preprocessed.hpp"
#include "compute/photometry/raw_qc.hpp"
#include "compute/photometry/response_set.hpp"
#include "compute/photometry/session_check.hpp"
#include "compute/photometry/session_performance.hpp"
#include "compute/photometry/signal_qc.hpp"
#include "compute/photometry/subject_catalog.hpp"
#include "compute/task/pooled_psychometric_fit.hpp"
#include "compute/task/psychometric_fit.hpp"
#include "compute/task/reaction_time.hpp"
#include "compute/task/session_performance.hpp"
#include "compute/task/training_history.hpp"
#include "compute/task/wheel_movement_set.hpp"
#include "compute/task/wheel_velocity.hpp"
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
    static const std::vector<ComputedTable> tables = {
        compute::task::session_performance_table(),
        compute::task::psychometric_fit_table(),
        compute::task::reaction_time_table(),
        compute::task::training_history_table(),
        compute::task::pooled_psychometric_fit_table(),
        compute::photometry::raw_qc_table(),
        compute::photometry::session_check_table(),
        compute::photometry::signal_qc_table(),
        compute::photometry::preprocessed_table(),
        compute::photometry::response_set_table(),
        compute::task::wheel_velocity_table(),
        compute::task::wheel_movement_set_table(),
        compute::photometry::subject_catalog_table(),
        compute::photometry::session_performance_table()};
    return tables;
}

}  // namespace tb
