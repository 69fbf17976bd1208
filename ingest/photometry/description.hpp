// The fibres that an experiment description (_ibl_experiment.description.yaml) names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tb::photometry {

/// `devices.neurophotometrics.fibers.<fibre>.location` of every fibre in file order; a fibre
/// without location gives an empty text; no such device, or no fibres, an empty list. Reads YAML as
/// its writers write it: nested mappings by indentation, one `key: value` a line, plain or quoted
/// text, comments. @throws tb::Error (data, ValueError) with the line where indentation cannot be
/// followed below the device
[[nodiscard]] std::vector<std::string> fiber_locations(std::string_view yaml);

}  // namespace tb::photometry
