#include "ingest/allen/frame_times.hpp"

#include <fmt/format.h>

namespace tb::allen {

FrameTimes::FrameTimes(const LogNode& behavior) {
    const LogNode node = behavior.at("intervalsms");
    const std::vector<double> intervals_ms = node.numbers();
    time_s_.reserve(intervals_ms.size() + 1);
    time_s_.push_back(0.0);
    double sum_ms = 0.0;
    for (std::size_t i = 0; i < intervals_ms.size(); ++i) {
        if (!(intervals_ms[i] >= 0.0) || intervals_ms[i] > 1e12) {
            node.fail("TimeOrder", fmt::format("interval {} is {} ms: frame {} would be before "
                                               "the one before it or nowhere",
                                               i, intervals_ms[i], i + 1));
        }
        sum_ms += intervals_ms[i];
        time_s_.push_back(sum_ms / 1000.0);
    }
}

double FrameTimes::of(std::int64_t frame, const LogNode& where) const {
    if (!has(frame)) {
        where.fail("MissingDataset",
                   fmt::format("names frame {}, but intervalsms has times of {} frames only", frame,
                               time_s_.size()),
                   "Was the log cut off?");
    }
    return (*this)[frame];
}

}  // namespace tb::allen
