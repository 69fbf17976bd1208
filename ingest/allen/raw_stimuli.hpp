// The stimuli of a raw log: what was set when, and on which frames it was drawn.
#pragma once

#include "ingest/allen/log_node.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tb::allen {

/// From a frame on, this is what is drawn.
struct SetEntry {
    std::string name;              ///< im065, gratings_90.0; empty for attributes that are neither
    double orientation_deg = 0.0;  ///< NaN for images
    std::int64_t frame = 0;
};

struct StimulusLog {
    std::string kind;  ///< images, grating
    std::vector<SetEntry> set_log;
    std::vector<double> draw_log;   ///< 1 on frames where it was drawn
    double flash_duration_s = 0.0;  ///< NaN if shown without flashing
    std::string image_set_file;     ///< empty for gratings
};

/// All stimuli that were set and drawn.
/// @param behavior  `items.behavior` of the log
/// @throws tb::Error (data, StimulusKind) for a log with neither images nor grating, (data,
/// MissingDataset) where one of these has no set_log or draw_log
[[nodiscard]] std::vector<StimulusLog> read_stimuli(const LogNode& behavior);

/// The stimulus that the task is about: images where there are any, else the grating.
/// @param stimuli  read_stimuli
[[nodiscard]] const StimulusLog& task_stimulus(const std::vector<StimulusLog>& stimuli);

/// Name of a grating: gratings_<orientation>, the orientation as the log writes it.
[[nodiscard]] std::string grating_name(const LogNode& orientation);

/// Name of a set of images: the file's name up to its first dot; "grating" without a file.
[[nodiscard]] std::string stimulus_set_name(const StimulusLog& stimulus);

}  // namespace tb::allen
