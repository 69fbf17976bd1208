// Stimulus presentations of a raw log: flashes, omitted flashes, grey periods, the movie.
#pragma once

#include "ingest/allen/frame_times.hpp"
#include "ingest/allen/log_node.hpp"
#include "ingest/allen/raw_stimuli.hpp"
#include "trialbase/change_recording.hpp"

#include <vector>

namespace tb::allen {

struct PresentationSources {
    const LogNode& behavior;  ///< `items.behavior` of the log
    const FrameTimes& times;
    const std::vector<StimulusLog>& stimuli;
    const ChangeTrials& trials;
    double monitor_delay_s = 0.0;  ///< added to starts and stops
    bool is_passive = false;       ///< for the name of the block
};

/// All columns that a log can tell (image_index and is_image_novel it cannot), ascending by start
/// frame. Grey periods and the movie are there when the log has the movie's frames.
/// @param issues  takes RepeatedOmission, LeadingOmission, OutOfRange (an omission beyond the
/// frames), CutFlash
/// @param part_errors  takes MissingDataset or ValueError of a movie that cannot be read
/// @throws tb::Error (data, PresentationNames) when no flash with a name was drawn, (data,
/// StimulusBlocks) for block numbers with a gap above 2
/// Source: spec/change_detection.md, sections 0 and 7.
[[nodiscard]] ChangePresentations read_presentations(const PresentationSources& sources,
                                                     std::vector<SessionIssue>& issues,
                                                     std::vector<SessionPartError>& part_errors);

}  // namespace tb::allen
