#include "compute/imaging/openscope/frame_conversion.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <string>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

void require_ascending(std::span<const double> times_s, std::string_view what) {
    if (times_s.empty()) {
        throw Error(ErrorKind::data,
                    fmt::format("{} frames: no times, expected at least one", what),
                    "Was the recording stored with the session?", "FrameCount");
    }
    for (std::size_t i = 0; i < times_s.size(); ++i) {
        if (std::isfinite(times_s[i]) && (i == 0 || times_s[i] >= times_s[i - 1])) continue;
        throw Error(
            ErrorKind::data,
            fmt::format("{} frame {}: its time {} is below the one before", what, i, times_s[i]),
            "Times of frames must ascend.", "TimeOrder");
    }
}

/// Both ascending: one walk.
std::vector<std::int64_t> nearest_of(std::span<const double> times_s,
                                     std::span<const double> others_s) {
    std::vector<std::int64_t> out;
    out.reserve(times_s.size());
    std::size_t at = 0;
    for (const double time : times_s) {
        while (at + 1 < others_s.size() &&
               std::abs(others_s[at + 1] - time) <= std::abs(others_s[at] - time)) {
            ++at;
        }
        out.push_back(static_cast<std::int64_t>(at));
    }
    return out;
}

Error frame_range(std::string_view what, std::int64_t frame, const std::string& expected) {
    return Error(ErrorKind::data, fmt::format("{} frame {}: {}", what, frame, expected),
                 "Only frames of the recording, while the stimulus was on, can be converted.",
                 "FrameRange");
}

std::size_t index_of(std::int64_t frame, std::size_t n, std::string_view what) {
    if (frame < 0 || frame >= static_cast<std::int64_t>(n)) {
        throw frame_range(what, frame,
                          fmt::format("expected 0 to {}", static_cast<std::int64_t>(n) - 1));
    }
    return static_cast<std::size_t>(frame);
}

}  // namespace

FrameConversion frame_conversion(std::span<const double> stim_s, std::span<const double> twop_s) {
    require_ascending(stim_s, "stimulus");
    require_ascending(twop_s, "two-photon");
    FrameConversion out;
    out.stim_to_twop = nearest_of(stim_s, twop_s);
    const auto back = nearest_of(twop_s, stim_s);
    out.twop_to_stim.resize(twop_s.size());
    const auto first = static_cast<std::size_t>(out.stim_to_twop.front());
    const auto last = static_cast<std::size_t>(out.stim_to_twop.back());
    for (std::size_t i = first; i <= last; ++i) out.twop_to_stim[i] = back[i];
    return out;
}

std::vector<std::int64_t> stim_to_twop(const FrameConversion& conversion,
                                       std::span<const std::int64_t> frames) {
    std::vector<std::int64_t> out;
    out.reserve(frames.size());
    for (const std::int64_t frame : frames) {
        out.push_back(
            conversion.stim_to_twop[index_of(frame, conversion.stim_to_twop.size(), "stimulus")]);
    }
    return out;
}

std::vector<std::int64_t> twop_to_stim(const FrameConversion& conversion,
                                       std::span<const std::int64_t> frames) {
    std::vector<std::int64_t> out;
    out.reserve(frames.size());
    for (const std::int64_t frame : frames) {
        const auto& to =
            conversion.twop_to_stim[index_of(frame, conversion.twop_to_stim.size(), "two-photon")];
        if (!to) throw frame_range("two-photon", frame, "no stimulus frame was shown at its time");
        out.push_back(*to);
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
