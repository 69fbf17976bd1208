// The stimulus table of a session as columns: what the computations of a session need of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Clocks that count frames.
enum class FrameClock {
    stimulus,   ///< about 60 a second: running
    two_photon  ///< about 30 a second: cells, pupil
};

enum class Stimulus { gabors, visflow, grayscreen };
[[nodiscard]] std::string_view to_string(Stimulus stimulus) noexcept;

/// One element per segment in every column. Segments are rows of the table, ascending in time;
/// frames and times of a segment are [start, stop).
struct SegmentTable {
    std::vector<std::string> stimulus_type;        ///< gabors, visflow, grayscreen
    std::vector<double> unexpected;                ///< 0 or 1, NaN of grey screen
    std::vector<std::string> gabor_frame;          ///< A, B, C, D, U, G, or empty
    std::vector<double> gabor_kappa;               ///< NaN where there are no Gabors
    std::vector<double> gabor_mean_orientation;    ///< degrees, NaN where there are no Gabors
    std::vector<std::string> main_flow_direction;  ///< "right (temp)", "left (nasal)", or empty
    std::vector<double> square_size;               ///< pixels, NaN where there is no flow
    std::vector<double> square_number;             ///< NaN where there is no flow
    std::vector<double> start_s;                   ///< session clock
    std::vector<double> stop_s;
    std::vector<std::int64_t> start_frame_stim;
    std::vector<std::int64_t> stop_frame_stim;
    std::vector<std::int64_t> start_frame_twop;
    std::vector<std::int64_t> stop_frame_twop;

    [[nodiscard]] std::size_t size() const { return stimulus_type.size(); }
    [[nodiscard]] const std::vector<std::int64_t>& start_frame(FrameClock clock) const;
    [[nodiscard]] const std::vector<std::int64_t>& stop_frame(FrameClock clock) const;
};

/// @throws tb::Error (data): ColumnLength naming a column that is not as long as stimulus_type,
/// NoSegments for a table without rows
void require_whole(const SegmentTable& table);

/// The values of a column at some segments, in their order.
/// @param segments  below the column's length
[[nodiscard]] std::vector<std::int64_t> values_at(std::span<const std::int64_t> column,
                                                  std::span<const std::size_t> segments);

}  // namespace tb::compute::imaging::openscope
