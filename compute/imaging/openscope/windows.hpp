// Windows of frames around reference frames.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// From `pre_s` before a reference frame to `post_s` after it.
struct Window {
    double pre_s = 0.0;
    double post_s = 0.0;
};

/// The frames of a window: reference + from ... reference + to - 1.
struct WindowFrames {
    std::int64_t from = 0;       ///< round(-pre rate), halves to even
    std::int64_t to = 0;         ///< round(post rate), halves to even
    std::vector<double> time_s;  ///< of the frames, evenly from -pre to post, both included

    [[nodiscard]] std::size_t size() const { return time_s.size(); }
};

/// @throws tb::Error (data, ValueError) when no frame lies in the window
/// Source: spec/openscope.md, 5 "Windows".
[[nodiscard]] WindowFrames window_frames(const Window& window, double rate_hz);

/// References with room for `flanks` on both sides: frame + round(-pre rate) >= 0 and frame +
/// round(post rate) < total. May leave none.
[[nodiscard]] std::vector<std::int64_t> with_flanks(std::span<const std::int64_t> references,
                                                    const Window& flanks, double rate_hz,
                                                    std::int64_t total);

/// References whose whole window lies in the recording.
/// @throws tb::Error (data, NoWindows) when none does
[[nodiscard]] std::vector<std::int64_t> inside(std::span<const std::int64_t> references,
                                               const WindowFrames& frames, std::int64_t total);

}  // namespace tb::compute::imaging::openscope
