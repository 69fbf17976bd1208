// The fibres and tasks that an experiment description (_ibl_experiment.description.yaml) names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tb::photometry {

/// `devices.neurophotometrics.fibers.<fibre>.location` of every fibre in file order; a fibre
/// without location gives an empty text; no such device, or no fibres, an empty list. Reads YAML as
/// its writers write it: nested mappings and lists by indentation, one `key: value` a line, plain
/// or quoted text, blocks of text, comments. What is not below the device is only stepped over.
/// @throws tb::Error (data, ValueError) with the line: tabs in the indentation; on the way to a
/// location anything but mappings by indentation and plain or quoted text (`{a: b}`, lists,
/// anchors)
[[nodiscard]] std::vector<std::string> fiber_locations(std::string_view yaml);

/// Names of the tasks that the description lists (`tasks:` with items `- <protocol>:`), in file
/// order; empty where there are none. Never throws: what cannot be followed names no task.
[[nodiscard]] std::vector<std::string> task_protocols(std::string_view yaml);

}  // namespace tb::photometry
