// What a rig's task settings tell about a session.
#pragma once

#include "ingest/alf/session_files.hpp"
#include "ingest/alf/task_order.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tb::alf {

/// One settings file.
struct TaskSettings {
    std::string collection;               ///< "raw_behavior_data", "raw_task_data_01"
    std::optional<std::string> protocol;  ///< with the rig's version
    double start_s = std::numeric_limits<double>::quiet_NaN();  ///< on a clock of their own
    bool is_simulated = false;
    std::optional<std::string> start_text;   ///< as SessionRecord::start_time
    std::optional<std::string> rig_version;  ///< as written; an empty text is absent
    /// How long the wheel had to rest before a trial [s]: one, or one per trial; empty: not told.
    std::vector<double> quiescent_s;
    /// The trial from which the subject was disengaged, where it was.
    std::optional<double> disengaged_trial;
    /// Number of the session drawn beforehand that the rig ran.
    std::optional<std::string> pregenerated;
    bool is_mock = false;
    std::optional<double> poop_count;
    std::optional<std::string> task_version;
};

/// Fills protocol, rig, user, start, end, delay and weight from the session's settings files, in
/// the order in which the tasks were run; protocols of several tasks are joined by `/`. A value
/// that is odd, or that the database would refuse, is left out with an issue that names the file;
/// what the settings say of another subject, date or number is an issue, too, and then their start
/// (of another day) or weight (of another subject) is not taken.
[[nodiscard]] std::vector<TaskSettings> read_settings(SessionFiles& files, const TaskOrder& order);

/// True for a protocol whose task asks for no choices: habituation, passive, spontaneous.
[[nodiscard]] bool asks_no_choices(const std::string& protocol);

}  // namespace tb::alf
