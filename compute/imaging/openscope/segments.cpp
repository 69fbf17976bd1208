#include "compute/imaging/openscope/segments.hpp"

#include "trialbase/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

template <class T>
bool passes(const std::vector<T>& wanted, const T& value) {
    return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

std::string described(const SegmentCriteria& criteria) {
    std::string out(to_string(criteria.stimulus));
    if (criteria.unexpected) out += *criteria.unexpected ? ", unexpected" : ", regular";
    if (criteria.stimulus == Stimulus::gabors) {
        if (!criteria.gabor_frames.empty())
            out += fmt::format(", frame {}", fmt::join(criteria.gabor_frames, " or "));
        if (!criteria.gabor_kappas.empty())
            out += fmt::format(", kappa {}", fmt::join(criteria.gabor_kappas, " or "));
        if (!criteria.gabor_mean_orientations.empty())
            out += fmt::format(", orientation {}",
                               fmt::join(criteria.gabor_mean_orientations, " or "));
    }
    if (criteria.stimulus == Stimulus::visflow) {
        if (!criteria.flow_directions.empty())
            out += fmt::format(", direction {}", fmt::join(criteria.flow_directions, " or "));
        if (!criteria.square_sizes.empty())
            out += fmt::format(", square size {}", fmt::join(criteria.square_sizes, " or "));
    }
    return out;
}

}  // namespace

std::vector<std::string> gabor_frame_letters(int number) {
    switch (number) {
        case 0:
            return {"A"};
        case 1:
            return {"B"};
        case 2:
            return {"C"};
        case 3:
            return {"D", "U"};
        case 4:
            return {"G"};
        default:
            throw Error(ErrorKind::data, fmt::format("gabor frame {}: expected 0 to 4", number),
                        "0 to 4 stand for A, B, C, D and U, G.", "StimulusParameter");
    }
}

std::string flow_direction(std::string_view word) {
    const auto says = [&](std::string_view part) {
        return word.find(part) != std::string_view::npos;
    };
    const bool is_right = says("right") || says("temp");
    const bool is_left = says("left") || says("nasal");
    if (is_right == is_left) {
        throw Error(ErrorKind::data,
                    fmt::format("flow direction '{}': expected right (temp) or left (nasal)", word),
                    "Rightward flow is temporal, leftward flow nasal.", "StimulusParameter");
    }
    return is_right ? "right (temp)" : "left (nasal)";
}

std::vector<std::size_t> segments_that_meet(const SegmentTable& table,
                                            const SegmentCriteria& criteria) {
    require_whole(table);
    std::vector<std::string> directions;
    for (const auto& word : criteria.flow_directions) directions.push_back(flow_direction(word));
    const auto is_of_stimulus = [&](std::size_t i) {
        if (criteria.stimulus == Stimulus::gabors) {
            return passes(criteria.gabor_frames, table.gabor_frame[i]) &&
                   passes(criteria.gabor_kappas, table.gabor_kappa[i]) &&
                   passes(criteria.gabor_mean_orientations, table.gabor_mean_orientation[i]);
        }
        if (criteria.stimulus == Stimulus::visflow) {
            return passes(directions, table.main_flow_direction[i]) &&
                   passes(criteria.square_sizes, table.square_size[i]);
        }
        return true;
    };
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table.stimulus_type[i] != to_string(criteria.stimulus)) continue;
        if (criteria.unexpected && table.unexpected[i] != (*criteria.unexpected ? 1.0 : 0.0))
            continue;
        const auto start = static_cast<double>(table.start_frame_twop[i]);
        const auto stop = static_cast<double>(table.stop_frame_twop[i]);
        if (!criteria.segment.holds(static_cast<double>(i)) ||
            !criteria.start_frame_twop.holds(start) || !criteria.stop_frame_twop.holds(stop) ||
            !criteria.num_frames_twop.holds(stop - start))
            continue;
        if (is_of_stimulus(i)) out.push_back(i);
    }
    return out;
}

std::vector<std::size_t> require_segments(const SegmentTable& table,
                                          const SegmentCriteria& criteria) {
    auto out = segments_that_meet(table, criteria);
    if (out.empty()) {
        throw Error(ErrorKind::data,
                    fmt::format("segments: none of {} is {}, expected at least one", table.size(),
                                described(criteria)),
                    "Ask for what this session's stimulus table holds.", "NoSegments");
    }
    return out;
}

std::vector<std::size_t> onsets(std::span<const std::size_t> segments) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (i == 0 || segments[i] != segments[i - 1] + 1) out.push_back(segments[i]);
    }
    return out;
}

std::vector<std::vector<std::size_t>> by_block(std::span<const std::size_t> segments,
                                               std::span<const StimulusBlock> blocks) {
    std::vector<std::vector<std::size_t>> out;
    for (const StimulusBlock& block : blocks) {
        std::vector<std::size_t> own;
        for (const std::size_t segment : segments) {
            if (segment >= block.start_segment && segment < block.stop_segment)
                own.push_back(segment);
        }
        if (!own.empty()) out.push_back(std::move(own));
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
