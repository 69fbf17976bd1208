// Synthetic labs: learning subjects of the two-alternative contrast task, written as ALF trees in
// the real formats. The generative model is described in README.md.
#pragma once

#include "ingest/simulated/photometry.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tb::simulated {

struct SimulateOptions {
    std::filesystem::path out;  ///< the tree's root; must be absent or empty
    int labs = 4;
    int subjects = 5;   ///< per lab
    int sessions = 25;  ///< per subject
    int trials = 500;   ///< mean per session; single sessions lie within 20 % of it
    std::uint64_t seed = 1;
    bool wheel = true;         ///< write wheel traces, movements and licks
    bool photometry = false;   ///< write fibre-photometry signals beside the task
    int fibers = 1;            ///< per subject, with photometry: 1 or 2
    double fault_rate = 0.08;  ///< fraction of photometry sessions with something wrong
    bool table_files =
        true;  ///< the later half of the sessions keeps its trials in one Parquet table
    double missing_rate = 0.04;  ///< fraction of sessions that lack one optional dataset
    int threads = 0;             ///< 0: one per processor. The files do not depend on it
};

/// What was written for one session: the truth to compare readers with.
struct SimulatedSession {
    std::string lab;
    std::string subject;
    std::string date;
    std::string number;
    std::string task_protocol;
    std::string start_time;
    bool is_biased = false;  ///< blocks of 0.2 and 0.8; else training
    std::size_t trials = 0;
    std::size_t correct = 0;
    std::size_t error = 0;  ///< no-go trials included, as feedbackType -1 is
    std::size_t no_go = 0;
    std::size_t zero_contrast = 0;
    std::size_t easy_trials = 0;  ///< contrast of 0.5 and more
    std::size_t easy_correct = 0;
    double reward_ul = 0.0;
    double skill = 0.0;  ///< 0 naive .. 1 expert
    std::size_t files = 0;
    std::size_t wheel_samples = 0;
    std::size_t licks = 0;
    PhotometryFault photometry_fault = PhotometryFault::none;
    std::vector<ResponseTruth> responses;  ///< per fibre; empty without photometry
    std::vector<double> bleaching_s;       ///< per fibre
    std::string missing_dataset;           ///< attribute left out ("repNum"); empty when complete
    double weight_g = 0.0;
    [[nodiscard]] std::string identifier() const;  ///< lab/subject/date/number
};

struct SimulateResult {
    std::vector<SimulatedSession> sessions;  ///< by lab, subject, time
    std::uint64_t bytes = 0;                 ///< written
};

/// Called now and then from any thread with the number of sessions done.
using SimulateProgress = std::function<void(std::size_t done, std::size_t all)>;

/// Writes the tree `<out>/<lab>/Subjects/<subject>/<date>/<number>/...` and, in it and in each
/// session's settings, that it is simulated. The same options give the same bytes, whatever the
/// number of threads.
/// @throws tb::Error (usage) for counts below one or above 10^6; (conflict) when `out` holds
/// something; (io) when a
///         file cannot be written
SimulateResult simulate(const SimulateOptions& options, const SimulateProgress& progress = {});

}  // namespace tb::simulated
