// The deterministic search for the parameters of greatest likelihood.
#pragma once

#include "compute/task/psychometric_configuration.hpp"

#include <vector>

namespace tb::compute::task {

/// A grid over the two shape parameters, with the lapses solved for at each point, shows basins;
/// descents in all parameters, from these and from the best point of each width, finish. Where the
/// likelihood is flat (to 1e-7) the descent from the start wins.
/// @param points  with a finite p each
/// @return shape (parameter_count), within the box
[[nodiscard]] std::vector<double> best_parameters(PsychometricModel model,
                                                  const PsychometricPoints& points,
                                                  const FitBox& box);

}  // namespace tb::compute::task
