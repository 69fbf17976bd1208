#include "ingest/allen/presentation_steps.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

namespace tb::allen {

namespace {

struct Span {
    double start_s = nan;
    double stop_s = nan;
};

/// From the first trial's start to the last trial's stop (its start, where the stop is missing).
Span span_of(const ChangeTrials& trials) {
    if (trials.count == 0) return {};
    const double stop_s = trials.stop_s.back();
    return {trials.start_s.front(), std::isnan(stop_s) ? trials.start_s.back() : stop_s};
}

/// Rows of each block, in order.
std::map<double, std::vector<std::size_t>> rows_by_block(const ChangePresentations& presentations) {
    std::map<double, std::vector<std::size_t>> rows;
    for (std::size_t i = 0; i < presentations.count; ++i) {
        rows[presentations.stimulus_block.empty() ? 0.0 : presentations.stimulus_block[i]]
            .push_back(i);
    }
    return rows;
}

/// Copies values of active blocks into blocks that repeat their images.
void copy_to_replays(std::vector<double>& values, const ChangePresentations& presentations,
                     std::span<const double> is_active) {
    const auto blocks = rows_by_block(presentations);
    const auto is_image = [&](std::size_t row) { return !presentations.image_name[row].empty(); };
    for (const auto& [active_block, active_rows] : blocks) {
        if (is_active[active_rows.front()] != 1.0) continue;
        for (const auto& [block, rows] : blocks) {
            if (is_active[rows.front()] == 1.0 || rows.size() != active_rows.size() ||
                !std::ranges::any_of(rows, is_image)) {
                continue;
            }
            const bool is_replay = std::ranges::equal(rows, active_rows, [&](auto a, auto b) {
                return presentations.image_name[a] == presentations.image_name[b];
            });
            if (!is_replay) continue;
            for (std::size_t i = 0; i < rows.size(); ++i) values[rows[i]] = values[active_rows[i]];
        }
    }
}

}  // namespace

std::vector<double> change_flags(const ChangePresentations& presentations) {
    std::vector<double> result(presentations.count, 0.0);
    const std::string* before = nullptr;
    for (std::size_t i = 0; i < presentations.count; ++i) {
        if (presentations.is_omitted[i] != 0.0) continue;
        const std::string& name = presentations.image_name[i];
        if (before != nullptr && name != *before) result[i] = 1.0;
        before = &name;
    }
    return result;
}

std::vector<double> flashes_since_change(std::span<const double> is_omitted,
                                         std::span<const double> is_change) {
    std::vector<double> result(is_omitted.size(), 0.0);
    for (std::size_t i = 1; i < result.size(); ++i) {
        if (is_omitted[i] == 1.0) {
            result[i] = result[i - 1];
        } else if (is_change[i] != 1.0) {
            result[i] = result[i - 1] + 1.0;
        }
    }
    return result;
}

std::vector<double> active_flags(const ChangePresentations& presentations,
                                 const ChangeTrials& trials) {
    const Span span = span_of(trials);
    std::vector<double> result(presentations.count, 0.0);
    for (const auto& [block, rows] : rows_by_block(presentations)) {
        const bool is_active = std::ranges::any_of(rows, [&](std::size_t row) {
            return !presentations.image_name[row].empty() &&
                   presentations.start_s[row] > span.start_s &&
                   presentations.start_s[row] < span.stop_s;
        });
        if (!is_active) continue;
        for (const std::size_t row : rows) result[row] = 1.0;
    }
    return result;
}

std::vector<double> trial_ids(const ChangePresentations& presentations, const ChangeTrials& trials,
                              std::span<const double> is_active) {
    const Span span = span_of(trials);
    std::vector<double> result(presentations.count, nan);
    for (std::size_t i = 0; i < presentations.count; ++i) {
        const double start_s = presentations.start_s[i];
        if (presentations.image_name[i].empty() || !(start_s < span.stop_s)) continue;
        const auto next = std::ranges::lower_bound(trials.start_s, start_s);
        if (next == trials.start_s.begin()) continue;
        result[i] = static_cast<double>(next - trials.start_s.begin() - 1);
    }
    copy_to_replays(result, presentations, is_active);
    return result;
}

std::vector<double> sham_change_flags(const ChangePresentations& presentations,
                                      const ChangeTrials& trials,
                                      std::span<const double> is_active) {
    std::set<double> frames;
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        if (trials.is_catch[trial] == 1.0 && !std::isnan(trials.change_frame[trial]))
            frames.insert(trials.change_frame[trial]);
    }
    std::vector<double> result(presentations.count, 0.0);
    for (std::size_t i = 0; i < presentations.count; ++i) {
        const double frame = presentations.start_frame[i];
        if (!std::isnan(frame) && frames.contains(frame)) result[i] = 1.0;
    }
    copy_to_replays(result, presentations, is_active);
    return result;
}

std::vector<std::int64_t> spontaneous_blocks(std::span<const double> stimulus_block,
                                             std::string_view where) {
    std::set<std::int64_t> blocks;
    for (const double block : stimulus_block)
        if (!std::isnan(block)) blocks.insert(static_cast<std::int64_t>(block));
    std::vector<std::int64_t> missing;
    const std::int64_t* before = nullptr;
    for (const std::int64_t& block : blocks) {
        if (before != nullptr && block - *before > 2) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: stimulus block {} follows block {}: expected at most one "
                                    "grey period between them",
                                    where, block, *before),
                        {}, "StimulusBlocks");
        }
        if (before != nullptr && block - *before == 2) missing.push_back(block - 1);
        before = &block;
    }
    return missing;
}

std::string stimulus_block_name(std::int64_t block, bool is_only_block, bool is_passive) {
    if (is_only_block && block == 0) block = 1;
    switch (block) {
        case 0:
            return "initial_gray_screen_5min";
        case 1:
            return is_passive ? "change_detection_passive" : "change_detection_behavior";
        case 2:
            return "post_behavior_gray_screen_5min";
        case 3:
            return "natural_movie_one";
        default:
            return {};
    }
}

std::optional<std::size_t> frame_offset_row(const ChangePresentations& presentations) {
    for (std::size_t i = 1; i + 1 < presentations.count; ++i) {
        if (presentations.is_omitted[i] != 1.0 || presentations.is_omitted[i - 1] != 0.0 ||
            presentations.is_omitted[i + 1] != 0.0) {
            continue;
        }
        if (presentations.start_frame[i] - presentations.start_frame[i - 1] == 44.0 &&
            presentations.start_frame[i + 1] - presentations.start_frame[i] == 46.0) {
            return i;
        }
    }
    return std::nullopt;
}

}  // namespace tb::allen
