// The fibres and tasks that an experiment description (_ibl_experiment.description.yaml) names.
#pragma once

#include <cstdint>
#include <optional>
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

/// One of the tasks that were run one after another.
struct DescribedTask {
    std::string protocol;
    std::string collection;              ///< "raw_task_data_00"; empty where it is not told
    std::optional<std::int64_t> number;  ///< protocol_number, from 0
};
/// The tasks that the description lists (`tasks:` with items `- <protocol>:`), in the order in
/// which they were run: by their numbers where all have one of their own, else in file order; empty
/// where there are none. Never throws: what cannot be followed names no task, collection or number.
[[nodiscard]] std::vector<DescribedTask> described_tasks(std::string_view yaml);

}  // namespace tb::photometry
