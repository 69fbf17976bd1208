#include "compute/imaging/openscope/sequence_blocks.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <string>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

Error stimulus_blocks_error(const std::string& message) {
    return Error(ErrorKind::data, message,
                 "Regular and unexpected stretches must alternate: look at the stimulus table.",
                 "StimulusBlocks");
}

void require_ascending(std::span<const std::int64_t> frames, std::string_view kind) {
    if (frames.empty()) {
        throw stimulus_blocks_error(
            fmt::format("sequences: none is {}, expected some of both kinds", kind));
    }
    for (std::size_t i = 1; i < frames.size(); ++i) {
        if (frames[i] > frames[i - 1]) continue;
        throw stimulus_blocks_error(
            fmt::format("{} sequence {}: frame {} after frame {}, expected "
                        "a later one",
                        kind, i, frames[i], frames[i - 1]));
    }
}

}  // namespace

SequenceBlocks sequence_blocks(std::span<const std::int64_t> regular_frames,
                               std::span<const std::int64_t> unexpected_frames) {
    require_ascending(regular_frames, "regular");
    require_ascending(unexpected_frames, "unexpected");
    SequenceBlocks out;
    std::size_t r = 0;
    std::size_t u = 0;
    const bool begins_unexpected = unexpected_frames.front() < regular_frames.front();
    bool was_regular = begins_unexpected;
    while (r < regular_frames.size() || u < unexpected_frames.size()) {
        const bool is_last_kind = r == regular_frames.size() || u == unexpected_frames.size();
        if (!is_last_kind && regular_frames[r] == unexpected_frames[u]) {
            throw stimulus_blocks_error(fmt::format(
                "frame {}: a regular and an unexpected sequence, expected one", regular_frames[r]));
        }
        const bool is_regular =
            is_last_kind ? u == unexpected_frames.size() : regular_frames[r] < unexpected_frames[u];
        auto& stretches = is_regular ? out.regular : out.unexpected;
        if (is_regular != was_regular) stretches.emplace_back();
        stretches.back().push_back(is_regular ? r++ : u++);
        was_regular = is_regular;
    }
    if (begins_unexpected) {
        out.unexpected.erase(out.unexpected.begin());
        out.regular.pop_back();
    }
    if (out.regular.size() != out.unexpected.size()) {
        throw stimulus_blocks_error(
            fmt::format("sequences: {} regular and {} unexpected stretches, expected as many",
                        out.regular.size(), out.unexpected.size()));
    }
    if (!out.regular.empty()) {
        out.regular.pop_back();
        out.unexpected.pop_back();
    }
    return out;
}

std::vector<double> stretch_means(std::span<const double> values,
                                  std::span<const std::vector<std::size_t>> stretches) {
    std::vector<double> out;
    for (const auto& stretch : stretches) {
        double sum = 0.0;
        double n = 0.0;
        for (const std::size_t i : stretch) {
            if (std::isnan(values[i])) continue;
            sum += values[i];
            n += 1.0;
        }
        out.push_back(n > 0.0 ? sum / n : nan);
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
