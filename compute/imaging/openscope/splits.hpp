// Windows in two lists that are compared: regular and unexpected, or before and after a change.
#pragma once

#include "compute/imaging/openscope/segments.hpp"
#include "compute/imaging/openscope/session_rates.hpp"
#include "compute/imaging/openscope/windows.hpp"

#include <array>

namespace tb::compute::imaging::openscope {

enum class Split {
    by_exp,      ///< regular segments; unexpected segments
    unexp_lock,  ///< before the onsets of unexpected stretches; after them
    exp_lock,    ///< before the onsets of regular stretches; after them
    stim_onset,  ///< before the end of each grey screen but the last; after it
    stim_offset  ///< before the start of each grey screen but the first; after it
};

/// The windows of one list, all inside the recording.
struct WindowList {
    std::vector<std::int64_t> references;  ///< frames, ascending
    WindowFrames frames;
};

/// @param table     whole
/// @param criteria  what the segments meet besides; its `unexpected` is not looked at, and of
///                  stim_onset and stim_offset nothing is
/// @param window    by_exp: of both lists. Else `pre_s` of the first and `post_s` of the second;
///                  references without room for both are dropped from both.
/// @param clock     whose frames are counted
/// @return {regular or before, unexpected or after}
/// @throws tb::Error (data): NoSegments when no segment (or grey screen) meets the criteria,
/// NoWindows when all windows of a list leave the recording
/// Source: spec/openscope.md, 5 "Splits".
[[nodiscard]] std::array<WindowList, 2> split_windows(const SegmentTable& table,
                                                      const SegmentCriteria& criteria, Split split,
                                                      const Window& window, FrameClock clock,
                                                      const SessionRates& rates,
                                                      const RecordedFrames& recorded);

/// Windows at the starts of some segments.
/// @throws tb::Error (data, NoWindows)
[[nodiscard]] WindowList windows_at(const SegmentTable& table,
                                    std::span<const std::size_t> segments, const Window& window,
                                    FrameClock clock, const SessionRates& rates,
                                    const RecordedFrames& recorded);

}  // namespace tb::compute::imaging::openscope
