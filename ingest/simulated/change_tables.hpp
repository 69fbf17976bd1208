// The project tables of simulated mice, and the truth about them, as CSV.
// Source: spec/change_detection.md, 3 and 4.
#pragma once

#include "ingest/simulated/change_mouse.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace tb::simulated {

/// A mouse with all its sessions, in order.
struct ChangeHistory {
    std::uint64_t number = 0;  ///< of the mouse, from 0
    ChangeMouse mouse;
    std::vector<ChangeDay> days;
};

/// Name of a session's file (or an experiment's) without folder.
[[nodiscard]] std::string behavior_file_name(std::int64_t behavior_session_id);
[[nodiscard]] std::string experiment_file_name(std::int64_t ophys_experiment_id);

/// The four tables, by their names (behavior_session_table): whole files.
/// @param cells  of all experiments
[[nodiscard]] std::map<std::string, std::string> project_tables(
    std::span<const ChangeHistory> histories, std::span<const ChangeCellTruth> cells);

/// truth.csv and truth_cells.csv: a header, then one row per session or ROI; missing is empty.
[[nodiscard]] std::string truth_table(std::span<const ChangeSessionTruth> sessions);
[[nodiscard]] std::string cell_truth_table(std::span<const ChangeCellTruth> cells);

}  // namespace tb::simulated
