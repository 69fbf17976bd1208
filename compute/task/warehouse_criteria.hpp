// Which step of training a mouse has reached after each session, by the rules of the IBL's own
// database: judged session by session over the whole history, three sessions are needed, and a
// status once reached is kept. Source: spec/ibl_behavior.md, 3.1, with its targets.
#pragma once

#include "compute/task/status_fits.hpp"
#include "compute/task/training_history.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::task {

/// Folds the sessions of a subject by the rules of the database.
///
/// One status per session, in the same order. `judged` and `status` are the same: the rules
/// themselves keep what was reached. `checks` and `next` are empty: the rules name no steps.
/// `n_days` are the distinct dates of the sessions that were judged together, at most three
/// sessions up to and including this one; `metrics` hold the fits and medians that were asked for,
/// NaN where none was. Habituation sessions that have trials count as sessions of the animal, as
/// they do there.
///
/// Where the source breaks off with an error (no board, no protocol, no contrast 0 in three
/// sessions), a condition is not met. Rule 6 as it was meant: from the 40th biased session on an
/// animal that never was ready4ephysrig is unbiasable, unless a later rule gives trained_1a or
/// trained_1b. As published, nobody ever is: `as_published` gives that.
///
/// @param sessions  in order of date, start and number
/// @param fits  asked for every function, and told those that it did not know
[[nodiscard]] std::vector<SessionStatus> warehouse_history(std::span<const HistorySession> sessions,
                                                           bool as_published, StatusFits& fits);
[[nodiscard]] std::vector<SessionStatus> warehouse_history(std::span<const HistorySession> sessions,
                                                           bool as_published = false);

}  // namespace tb::compute::task
