#include "compute/imaging/openscope/windows.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

/// Halves to even, as the processor rounds by default.
std::int64_t rounded(double value) {
    return std::llrint(value);
}

}  // namespace

WindowFrames window_frames(const Window& window, double rate_hz) {
    WindowFrames out{rounded(-window.pre_s * rate_hz), rounded(window.post_s * rate_hz), {}};
    if (out.to <= out.from) {
        throw value_error(
            fmt::format("window: no frame from {} s before to {} s after at {} Hz, expected some",
                        window.pre_s, window.post_s, rate_hz));
    }
    const auto n = static_cast<std::size_t>(out.to - out.from);
    out.time_s.resize(n);
    const double step = n > 1 ? (window.post_s + window.pre_s) / static_cast<double>(n - 1) : 0.0;
    for (std::size_t i = 0; i < n; ++i)
        out.time_s[i] = static_cast<double>(i) * step - window.pre_s;
    if (n > 1) out.time_s.back() = window.post_s;
    return out;
}

std::vector<std::int64_t> with_flanks(std::span<const std::int64_t> references,
                                      const Window& flanks, double rate_hz, std::int64_t total) {
    const std::int64_t before = rounded(-flanks.pre_s * rate_hz);
    const std::int64_t after = rounded(flanks.post_s * rate_hz);
    std::vector<std::int64_t> out;
    std::ranges::copy_if(references, std::back_inserter(out), [&](std::int64_t frame) {
        return frame + before >= 0 && frame + after < total;
    });
    return out;
}

std::vector<std::int64_t> inside(std::span<const std::int64_t> references,
                                 const WindowFrames& frames, std::int64_t total) {
    std::vector<std::int64_t> out;
    std::ranges::copy_if(references, std::back_inserter(out), [&](std::int64_t frame) {
        return frame + frames.from >= 0 && frame + frames.to - 1 < total;
    });
    if (out.empty()) {
        throw Error(ErrorKind::data,
                    fmt::format("windows: none of {} lies within {} frames, expected at least one",
                                references.size(), total),
                    "Ask for a shorter window.", "NoWindows");
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
