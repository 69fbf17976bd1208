// Segments chosen by what was shown.
#pragma once

#include "compute/imaging/openscope/segment_table.hpp"
#include "compute/imaging/openscope/stimulus_blocks.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tb::compute::imaging::openscope {

/// From `from` to before `to`.
struct HalfOpenRange {
    double from = -std::numeric_limits<double>::infinity();
    double to = std::numeric_limits<double>::infinity();

    [[nodiscard]] bool holds(double value) const { return value >= from && value < to; }
};

/// Conditions that all hold. An empty list lets everything pass; conditions of the other stimulus
/// are ignored.
struct SegmentCriteria {
    Stimulus stimulus = Stimulus::gabors;
    std::optional<bool> unexpected;
    std::vector<std::string> gabor_frames;  ///< of A, B, C, D, U, G
    std::vector<double> gabor_kappas;
    std::vector<double> gabor_mean_orientations;  ///< degrees
    std::vector<std::string> flow_directions;     ///< words that flow_direction knows
    std::vector<double> square_sizes;             ///< pixels
    HalfOpenRange segment;                        ///< row numbers, for thirds of a session
    HalfOpenRange start_frame_twop;
    HalfOpenRange stop_frame_twop;
    HalfOpenRange num_frames_twop;
};

/// Letters of a Gabor frame's number: 0 to 4 stand for A, B, C, D and U, G.
/// @throws tb::Error (data, StimulusParameter) for another number
[[nodiscard]] std::vector<std::string> gabor_frame_letters(int number);

/// A direction as the table writes it: of "right", "temp" or both "right (temp)"; of "left",
/// "nasal" or both "left (nasal)".
/// @throws tb::Error (data, StimulusParameter) for other words, or words of both
[[nodiscard]] std::string flow_direction(std::string_view word);

/// Row numbers of the segments that meet the criteria, ascending; may be none.
/// @throws tb::Error as require_whole, flow_direction
[[nodiscard]] std::vector<std::size_t> segments_that_meet(const SegmentTable& table,
                                                          const SegmentCriteria& criteria);
/// The same, at least one.
/// @throws tb::Error also (data, NoSegments) when there is none
/// Source: spec/openscope.md, 5 "Segments by criteria".
[[nodiscard]] std::vector<std::size_t> require_segments(const SegmentTable& table,
                                                        const SegmentCriteria& criteria);

/// Segments whose row before is not among them: where a stretch begins. @param segments  ascending
[[nodiscard]] std::vector<std::size_t> onsets(std::span<const std::size_t> segments);

/// One list per block that holds any of them. @param segments  ascending
[[nodiscard]] std::vector<std::vector<std::size_t>> by_block(std::span<const std::size_t> segments,
                                                             std::span<const StimulusBlock> blocks);

}  // namespace tb::compute::imaging::openscope
