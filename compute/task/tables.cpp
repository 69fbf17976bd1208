#include "compute/task/tables.hpp"

#include "compute/task/choice_glm_table.hpp"
#include "compute/task/daily_summary.hpp"
#include "compute/task/lab_classifier.hpp"
#include "compute/task/lab_comparison.hpp"
#include "compute/task/movement_time_set.hpp"
#include "compute/task/pooled_psychometric_fit.hpp"
#include "compute/task/psychometric_fit.hpp"
#include "compute/task/reaction_time.hpp"
#include "compute/task/session_end.hpp"
#include "compute/task/session_performance.hpp"
#include "compute/task/training_history.hpp"
#include "compute/task/trial_tally.hpp"
#include "compute/task/wheel_movement_set.hpp"
#include "compute/task/wheel_velocity.hpp"

namespace tb::compute::task {

std::vector<ComputedTable> tables() {
    return {
        choice_glm_table(),          daily_summary_table(),     lab_classifier_table(),
        lab_comparison_table(),      movement_time_set_table(), pooled_psychometric_fit_table(),
        psychometric_fit_table(),    reaction_time_table(),     session_end_table(),
        session_performance_table(), training_history_table(),  wheel_movement_set_table(),
        trial_tally_table(),         wheel_velocity_table(),
    };
}

}  // namespace tb::compute::task
