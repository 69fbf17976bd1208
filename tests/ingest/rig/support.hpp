// What the tests of raw rig sessions share: lines of trials made by hand, and encoder files that go
// with them.
#pragma once

#include "ingest/rig/task_data.hpp"

#include <cstddef>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

namespace tb::rig::testing {

/// One trial of a rig of version 6.4.2 that was answered rightly: five seconds, stimulus commanded
/// at 1 s and seen at 1.05 s, go cue at 1.1 s, answer at 2 s. Right stimulus in trials of even
/// index, left in odd ones.
[[nodiscard]] nlohmann::json trial_line(std::size_t index);

/// The text of such trials, each changed by `change` before it is written.
[[nodiscard]] std::string task_data(
    std::size_t trials,
    const std::function<void(nlohmann::json& line, std::size_t index)>& change = {});

/// Encoder events of these trials: the session's clock is `offset_s` behind the encoder's.
[[nodiscard]] std::string encoder_events(std::size_t trials, double offset_s);
/// Positions: set to 0 at each reset, and turned by 60 counts between 1.5 and 2 s of each trial.
[[nodiscard]] std::string encoder_positions(std::size_t trials, double offset_s);

}  // namespace tb::rig::testing
