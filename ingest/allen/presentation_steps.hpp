// Columns of the stimulus presentations that follow from others: what the published software
// recomputes when it reads a session, and fills in where a file lacks it. Pure functions; nothing
// here changes what a file says.
#pragma once

#include "trialbase/change_recording.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::allen {

// Every function gives one value per presentation, in the order of the table, which is ascending in
// time. Source: spec/change_detection.md, section 6.

/// 1 where the image differs from that of the row before, among the rows that say they were not
/// omitted; the first of them is none. 0 for all other rows.
[[nodiscard]] std::vector<double> change_flags(const ChangePresentations& presentations);

/// Rows since the last change: 0 at a change and in the first row, an omitted row as the row
/// before. Over the whole table, so grey periods and movies count.
/// @param is_omitted, is_change  0, 1 or NaN (counts as 0)
[[nodiscard]] std::vector<double> flashes_since_change(std::span<const double> is_omitted,
                                                       std::span<const double> is_change);

/// 1 for all rows of every block in which an image begins after the first trial's start and before
/// the last trial's stop.
[[nodiscard]] std::vector<double> active_flags(const ChangePresentations& presentations,
                                               const ChangeTrials& trials);

/// The last trial that starts before the row, for rows with an image before the last trial's stop;
/// NaN else. A block without activity that repeats the images of an active one has its trials.
/// @param is_active  active_flags
[[nodiscard]] std::vector<double> trial_ids(const ChangePresentations& presentations,
                                            const ChangeTrials& trials,
                                            std::span<const double> is_active);

/// 1 where the row's start frame is a catch trial's change frame; repeated blocks as in trial_ids.
[[nodiscard]] std::vector<double> sham_change_flags(const ChangePresentations& presentations,
                                                    const ChangeTrials& trials,
                                                    std::span<const double> is_active);

/// The numbers left out between stimulus blocks, ascending: grey periods.
/// @throws tb::Error (data, StimulusBlocks) when two numbers in a row are left out
[[nodiscard]] std::vector<std::int64_t> spontaneous_blocks(std::span<const double> stimulus_block,
                                                           std::string_view where);

/// initial_gray_screen_5min, change_detection_behavior (or _passive),
/// post_behavior_gray_screen_5min, natural_movie_one for blocks 0 to 3; empty for others.
/// @param is_only_block  a session of one block: it is the task, though it has number 0
[[nodiscard]] std::string stimulus_block_name(std::int64_t block, bool is_only_block,
                                              bool is_passive);

/// The first row that shows the fault of the releases of 2021 to mid-2022, which stored frames of
/// drawn flashes one too high and of omitted ones not: 44 frames from a flash to an omission and 46
/// from it to the next flash, where both should be 45. Nothing when there is none.
/// Source: spec/change_detection.md, section 0.
[[nodiscard]] std::optional<std::size_t> frame_offset_row(const ChangePresentations& presentations);

}  // namespace tb::allen
