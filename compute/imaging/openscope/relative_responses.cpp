#include "compute/imaging/openscope/relative_responses.hpp"

#include "compute/imaging/openscope/pairwise_sum.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

template <class T>
std::vector<T> relative_to(std::span<const T> responses, std::span<const T> reference) {
    if (reference.empty()) {
        throw Error(ErrorKind::data, "relative responses: no cells in the reference session",
                    "Load the mouse's first session.", "MissingSession");
    }
    const T mean = pairwise_mean(reference);
    std::vector<T> out;
    out.reserve(responses.size());
    for (const T response : responses) out.push_back(response / mean);
    return out;
}

template <class T>
std::vector<T> mean_of(std::span<const std::vector<T>> frames) {
    std::vector<T> out;
    for (const auto& frame : frames) {
        if (frame.size() != frames.front().size()) {
            throw Error(ErrorKind::data,
                        fmt::format("frames: responses of {} and of {} cells, expected as many",
                                    frames.front().size(), frame.size()),
                        "Take the frames of one session.", "ColumnLength");
        }
        out.resize(frame.size(), T(0));
        for (std::size_t i = 0; i < frame.size(); ++i) out[i] += frame[i];
    }
    for (T& value : out) value /= static_cast<T>(frames.size());
    return out;
}

template <class T>
GroupResponse group_of(std::span<const T> responses) {
    const double root = std::sqrt(static_cast<double>(responses.size()));
    return {
        static_cast<double>(pairwise_mean(responses)),
        responses.size() < 2 ? nan : static_cast<double>(standard_deviation(responses, 1)) / root};
}

}  // namespace

std::vector<float> relative_responses(std::span<const float> responses,
                                      std::span<const float> reference) {
    return relative_to(responses, reference);
}

std::vector<double> relative_responses(std::span<const double> responses,
                                       std::span<const double> reference) {
    return relative_to(responses, reference);
}

std::vector<float> mean_over_frames(std::span<const std::vector<float>> frames) {
    return mean_of(frames);
}

std::vector<double> mean_over_frames(std::span<const std::vector<double>> frames) {
    return mean_of(frames);
}

GroupResponse group_response(std::span<const float> responses) {
    return group_of(responses);
}

GroupResponse group_response(std::span<const double> responses) {
    return group_of(responses);
}

}  // namespace tb::compute::imaging::openscope
