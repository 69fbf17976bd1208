// Subjects that learn, from their first session to their last.
#pragma once

#include "ingest/simulated/photometry.hpp"
#include "ingest/simulated/simulate.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tb::simulated {

/// What stays the same about a subject.
struct Subject {
    std::string lab;
    std::string name;
    double learning_session = 8.0;  ///< session at which half of the skill is there
    double learning_width = 2.0;    ///< sessions over which it comes
    double initial_bias = 0.0;      ///< signed contrast
    double expert_threshold = 0.12;
    double expert_lapse_low = 0.03;
    double expert_lapse_high = 0.03;
    double block_shift = 0.07;  ///< bias at probabilities of 0.2 and 0.8, when expert
    double speed = 1.0;         ///< factor of reaction times
    double weight_g = 24.0;
    std::vector<Fiber> fibers;
};

[[nodiscard]] std::string lab_name(std::uint64_t lab);
[[nodiscard]] Subject make_subject(const SimulateOptions& options, std::uint64_t lab,
                                   std::uint64_t number);

/// Runs one subject from the first session to the last, and writes its files.
/// @param bytes  grows by what was written
[[nodiscard]] std::vector<SimulatedSession> simulate_subject(
    const SimulateOptions& options, std::uint64_t lab, std::uint64_t number, std::uint64_t& bytes,
    const std::function<void()>& session_done);

}  // namespace tb::simulated
