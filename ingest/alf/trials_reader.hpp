// Trials of a session from its files.
#pragma once

#include "ingest/alf/session_files.hpp"
#include "ingest/alf/task_order.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tb::alf {

/// Trials of one task that was run in the session; several may follow each other.
struct TaskPart {
    std::string collection;       ///< "alf", "alf/task_01"
    std::size_t first_trial = 0;  ///< index in the session's trials
    std::size_t trials = 0;
    double offset_s = 0.0;  ///< added to the times of this part
};

/// Trials with a contrast on neither side, and on both.
struct OddContrasts {
    std::size_t neither = 0;
    std::size_t both = 0;
};
/// Right less left, an absent side as 0; missing where both are. Nothing without contrasts.
OddContrasts fill_signed_contrast(ChoiceTrials& trials);

/// Fills session.trials from the collection `alf`, else from all of alf/task_NN one after another
/// in the order in which they were run, else the root, else the first by name; odd values become
/// issues. The parts have offset 0 yet.
/// @return the parts; empty where the session has no choices (then session.trials is empty)
/// @throws tb::Error (data, MissingExtractedData) where choices are there and cannot be used, with
/// the reason of each file; (data) for more trials than a session can have
[[nodiscard]] std::vector<TaskPart> read_trials(SessionFiles& files, const TaskOrder& order);

/// Moves the times of parts that begin before the one before them ends, so that the session's
/// times ascend: by the difference of the tasks' starts where the settings tell it, else to the
/// end of the part before.
/// @param starts_s  start of each part's task [s, any common clock]; NaN where it is not known
void chain_parts(SessionFiles& files, std::vector<TaskPart>& parts,
                 const std::vector<double>& starts_s);

/// An issue with the share of trials whose feedback has no time (answers that were not rewarded,
/// mostly: rigs that log no error sound). Nothing where no trial has one: the dataset is missing.
/// (spec/known_troubles.md, 2, row 12)
void flag_missing_feedback(SessionFiles& files);

/// Why trials are missing: the remarks about files of trials that could not be read.
[[nodiscard]] std::string reasons_of(const ChoiceSession& session);

}  // namespace tb::alf
