// When the frames of a session were drawn.
#pragma once

#include "ingest/allen/log_node.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tb::allen {

/// Times of the stimulus frames [s], without monitor delay; the first is 0.
class FrameTimes {
  public:
    /// The sum of the intervals before each frame.
    /// @param behavior  `items.behavior` of the log
    /// @throws tb::Error (data, MissingDataset) when the log has no intervals, (data, TimeOrder)
    /// naming the one that is negative or no number
    explicit FrameTimes(const LogNode& behavior);

    [[nodiscard]] std::size_t size() const noexcept { return time_s_.size(); }
    [[nodiscard]] const std::vector<double>& all() const noexcept { return time_s_; }
    [[nodiscard]] bool has(std::int64_t frame) const noexcept {
        return frame >= 0 && static_cast<std::uint64_t>(frame) < time_s_.size();
    }
    /// @param where  the place that names the frame
    /// @throws tb::Error (data, MissingDataset) for a frame without time
    [[nodiscard]] double of(std::int64_t frame, const LogNode& where) const;
    /// @param frame  has(frame)
    [[nodiscard]] double operator[](std::int64_t frame) const {
        return time_s_[static_cast<std::size_t>(frame)];
    }

  private:
    std::vector<double> time_s_;
};

}  // namespace tb::allen
