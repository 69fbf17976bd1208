// OpenScope sessions: running, pupil, signals of cells, blocks and thirds of the stimulus, masks.

#include "compute/imaging/openscope/clean_running.hpp"
#include "compute/imaging/openscope/pupil.hpp"
#include "compute/imaging/openscope/registration.hpp"
#include "compute/imaging/openscope/roi_masks.hpp"
#include "compute/imaging/openscope/sequence_blocks.hpp"
#include "compute/imaging/openscope/signal_to_noise.hpp"
#include "compute/imaging/openscope/thirds.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace openscope = compute::imaging::openscope;

template <class Whole>
std::vector<Whole> whole_numbers(const Json& values, const std::string& what) {
    std::vector<Whole> out;
    for (const double value : as_numbers(values, what)) out.push_back(static_cast<Whole>(value));
    return out;
}

/// Values of row after row in the shape of `like`, a nested array.
template <class T>
Json shaped(const Json& like, const std::vector<T>& values, std::size_t& next) {
    if (!like.is_array()) return values[next++];
    Json out = Json::array();
    for (const Json& part : like) out.push_back(shaped(part, values, next));
    return out;
}

template <class T>
Json shaped(const Json& like, const std::vector<T>& values) {
    std::size_t next = 0;
    return shaped(like, values, next);
}

void clean_running(const Case& input, Run& run) {
    Json outputs = Json::array();
    for (const Json& one : input.input("cases")) {
        const auto speed = as_numbers(one.at("input"), "input");
        outputs.push_back(
            to_json_array(one.contains("threshold")
                              ? openscope::clean_running(speed, one.at("threshold").get<double>())
                              : openscope::clean_running(speed)));
    }
    run.give("outputs", outputs);
}

void pupil_displacement(const Case& input, Run& run) {
    auto distance = openscope::pupil_displacement(input.numbers("x"), input.numbers("y"));
    if (!distance.empty()) distance.erase(distance.begin());  // the first centre has none before it
    run.give("distance", to_json_array(distance));
    run.give("mm_per_pixel", openscope::pupil_mm_per_pixel);
}

void snr(const Case& input, Run& run) {
    const auto result = openscope::signal_to_noise(std::span<const double>(input.numbers("trace")));
    run.give_all({{"snr", result.ratio},
                  {"median", result.median},
                  {"noise_mean", result.noise_mean},
                  {"noise_std", result.noise_sd},
                  {"noise_thr", result.noise_threshold},
                  {"signal_mean", result.signal_mean}});
}

void blocks(const Case& input, Run& run) {
    const auto result = openscope::sequence_blocks(
        whole_numbers<std::int64_t>(input.input("regular_frames"), "regular_frames"),
        whole_numbers<std::int64_t>(input.input("unexpected_frames"), "unexpected_frames"));
    run.give("regular", result.regular);
    run.give("unexpected", result.unexpected);
}

void thirds(const Case& input, Run& run) {
    Json edges = Json::array();
    for (const auto& third :
         openscope::thirds(whole_numbers<std::size_t>(input.input("segments"), "segments"))) {
        edges.push_back({third.from, third.to});
    }
    run.give("edges", edges);
}

void roi_masks(const Case& input, Run& run) {
    const Json masks = input.input("masks");
    const auto weights = as_numbers(masks, "masks");
    openscope::MaskRule rule;
    if (input.has_input("threshold")) rule.least_weight = input.input("threshold").get<double>();
    if (input.has_input("min_pixels")) rule.least_sum = input.input("min_pixels").get<double>();
    const std::size_t n_pixels = masks.empty() ? 0 : weights.size() / masks.size();
    run.give("processed",
             shaped(masks, openscope::roi_masks(std::span<const double>(weights), n_pixels, rule)));
}

void registration_warp(const Case& input, Run& run) {
    openscope::ProjectiveMap map{};
    const auto matrix = input.numbers("matrix");
    if (matrix.size() != map.size()) throw value_error("matrix: expected 3 rows of 3 numbers");
    std::copy(matrix.begin(), matrix.end(), map.begin());
    const auto size_of = [](const Json& image) {
        return std::pair{image.size(), image.empty() ? 0 : image.front().size()};
    };
    if (input.has_input("image")) {
        const Json image = input.input("image");
        const auto [height, width] = size_of(image);
        run.give("warped", shaped(image, openscope::registered_image(
                                             whole_numbers<std::uint8_t>(image, "image"), height,
                                             width, map)));
    }
    if (input.has_input("binary")) {
        const Json mask = input.input("binary");
        const auto [height, width] = size_of(mask);
        run.give("warped_binary", shaped(mask, openscope::registered_mask(
                                                   whole_numbers<std::uint8_t>(mask, "binary"),
                                                   height, width, map)));
    }
}

const Registration registered_running("openscope.clean_running", &clean_running);
const Registration registered_pupil("openscope.pupil_displacement", &pupil_displacement);
const Registration registered_snr("openscope.snr", &snr);
const Registration registered_blocks("openscope.blocks", &blocks);
const Registration registered_thirds("openscope.thirds", &thirds);
const Registration registered_masks("openscope.roi_masks", &roi_masks);
const Registration registered_warp("openscope.registration_warp", &registration_warp);

}  // namespace

}  // namespace tb::vectors
