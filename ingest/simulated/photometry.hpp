// Synthetic fibre photometry: interleaved frames of a 470-nm and a 415-nm band with bleaching,
// movement artefacts, noise and event responses of known size. Model: README.md, "Photometry".
#pragma once

#include "ingest/formats/table.hpp"
#include "ingest/simulated/random.hpp"

#include <span>
#include <string>
#include <vector>

namespace tb::simulated {

/// What the animal met in one session, for its signals to respond to. Vectors of one length; times
/// in seconds on the session's clock, NaN where the event did not happen.
struct PhotometryEvents {
    std::span<const double> stim_on_s;
    std::span<const double> first_movement_s;
    std::span<const double> feedback_s;
    std::span<const double> signed_contrast;      ///< -1..1, right positive
    std::span<const std::int64_t> feedback_type;  ///< 1 reward, -1 error
    double start_s = 0.0;                         ///< start of the first trial
    double end_s = 0.0;                           ///< end of the last trial
};

/// One optical fibre of a subject.
struct Fiber {
    std::string column;        ///< `G0`
    std::string brain_region;  ///< `VTA-l`
};

/// What is wrong with a recording on purpose, so that quality control has something to find.
enum class PhotometryFault {
    none,
    band_inversion,      ///< one LED state comes twice in a row
    early_sample,        ///< one frame comes 3 ms early
    few_unique_samples,  ///< the signal has some 20 distinct values a minute
    late_start           ///< the recording begins after the first stimulus
};

/// Sizes of the responses, as dF/F: the truth to compare estimates with.
struct ResponseTruth {
    double stim_on_contra = 0.0;  ///< at contrast 1 on the far side; grows with the contrast's root
    double stim_on_ipsi = 0.0;
    double first_movement = 0.0;
    double reward = 0.0;
    double omission = 0.0;
};

struct SimulatedPhotometry {
    formats::Table signal;     ///< photometry.signal: a row per frame, 60 Hz, bands alternating
    formats::Table locations;  ///< photometryROI.locations: a row per fibre
    std::string description;   ///< _ibl_experiment.description.yaml
    std::vector<ResponseTruth> truth;  ///< per fibre
    std::vector<double> bleaching_s;   ///< time constant per fibre
};

/// Frames from 20 s before the first trial to 20 s after the last.
[[nodiscard]] SimulatedPhotometry simulate_photometry(const PhotometryEvents& events,
                                                      std::span<const Fiber> fibers,
                                                      PhotometryFault fault, Random random);

}  // namespace tb::simulated
