// What the tests of simulated mice share.
#pragma once

#include "ingest/simulated/change_simulate.hpp"

#include <filesystem>
#include <string>

namespace tb::simulated::testing {

/// Few short sessions with everything in them: training, imaging, passive ones.
inline ChangeOptions few_mice(const std::filesystem::path& out) {
    ChangeOptions options;
    options.out = out;
    options.mice = 2;
    options.sessions = 8;
    options.trials = 60;
    options.cells = 5;
    options.seed = 11;
    return options;
}

inline std::filesystem::path release_of(const std::filesystem::path& out) {
    return out / "visual-behavior-ophys-1.0.0";
}

/// The session's file: its own, or that of its first experiment.
inline std::filesystem::path file_of(const std::filesystem::path& out,
                                     const ChangeSessionTruth& session) {
    const auto id = std::to_string(session.behavior_session_id);
    return session.experiments == 0
               ? release_of(out) / "behavior_sessions" / ("behavior_session_" + id + ".nwb")
               : release_of(out) / "behavior_ophys_experiments" /
                     ("behavior_ophys_experiment_" + id + "0.nwb");
}

}  // namespace tb::simulated::testing
