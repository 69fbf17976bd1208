#include "compute/imaging/openscope/splits.hpp"

namespace tb::compute::imaging::openscope {

namespace {

/// References that the two lists of a locked split share.
std::vector<std::int64_t> locked_references(const SegmentTable& table,
                                            const SegmentCriteria& criteria, Split split,
                                            FrameClock clock) {
    if (split == Split::unexp_lock || split == Split::exp_lock) {
        SegmentCriteria wanted = criteria;
        wanted.unexpected = split == Split::unexp_lock;
        return values_at(table.start_frame(clock), onsets(require_segments(table, wanted)));
    }
    SegmentCriteria grey;
    grey.stimulus = Stimulus::grayscreen;
    auto rows = require_segments(table, grey);
    if (split == Split::stim_onset) {
        rows.pop_back();
        return values_at(table.stop_frame(clock), rows);
    }
    rows.erase(rows.begin());
    return values_at(table.start_frame(clock), rows);
}

}  // namespace

WindowList windows_at(const SegmentTable& table, std::span<const std::size_t> segments,
                      const Window& window, FrameClock clock, const SessionRates& rates,
                      const RecordedFrames& recorded) {
    WindowList list{{}, window_frames(window, rates.of(clock))};
    const auto starts = with_flanks(values_at(table.start_frame(clock), segments), Window{},
                                    rates.of(clock), recorded.of(clock));
    list.references = inside(starts, list.frames, recorded.of(clock));
    return list;
}

std::array<WindowList, 2> split_windows(const SegmentTable& table, const SegmentCriteria& criteria,
                                        Split split, const Window& window, FrameClock clock,
                                        const SessionRates& rates, const RecordedFrames& recorded) {
    std::array<WindowList, 2> lists;
    if (split == Split::by_exp) {
        for (const bool is_unexpected : {false, true}) {
            SegmentCriteria wanted = criteria;
            wanted.unexpected = is_unexpected;
            lists[is_unexpected ? 1 : 0] =
                windows_at(table, require_segments(table, wanted), window, clock, rates, recorded);
        }
        return lists;
    }
    const auto references = with_flanks(locked_references(table, criteria, split, clock), window,
                                        rates.of(clock), recorded.of(clock));
    lists[0].frames = window_frames({window.pre_s, 0.0}, rates.of(clock));
    lists[1].frames = window_frames({0.0, window.post_s}, rates.of(clock));
    for (auto& list : lists) list.references = inside(references, list.frames, recorded.of(clock));
    return lists;
}

}  // namespace tb::compute::imaging::openscope
