// task.daily_summary: performance, reaction times and psychometric functions of a subject's day,
// its sessions pooled.
#pragma once

#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// A session of the day, as far as pooling asks.
struct DaySession {
    bool is_blocked = false;   ///< its protocol names biased or ephys
    bool is_training = false;  ///< its protocol names training; chained tasks may be both
    Trials trials;
};

/// What a protocol says of a session; where it says nothing (null, or none of the four words) what
/// the probabilities of its trials say, and without probabilities neither.
[[nodiscard]] DaySession day_session(std::string_view task_protocol, Trials trials);

/// Trials that one psychometric function of a day is fitted to.
struct DayBlock {
    int block = 50;  ///< 100 x probability left, rounded
    double probability_left = 0.5;
    Trials trials;
};

/// The trials of a day by block, ascending. A day with a biased or ephys session has one block for
/// each probability of the left side in these sessions: with the trials of these sessions when the
/// day has training sessions too, which then join the block 50 with all their trials; else with the
/// trials of all sessions. Any other day is one block 50 of all its trials, whatever their
/// probabilities. Source: spec/ibl_behavior.md, 2.4.
[[nodiscard]] std::vector<DayBlock> day_blocks(std::span<const DaySession> sessions);

/// Adapter of task.daily_summary and its parts task.daily_psychometric and task.daily_point.
[[nodiscard]] ComputedTable daily_summary_table();

}  // namespace tb::compute::task
