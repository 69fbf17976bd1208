#include "compute/task/block_structure.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

namespace tb::compute::task {

namespace {

constexpr double same_probability = 1e-6;
constexpr std::size_t shortest_plausible_block = 10;  // trials; spec/photometry.md, 8.5

}  // namespace

std::vector<std::size_t> block_lengths(std::span<const double> probability_left) {
    std::vector<std::size_t> lengths;
    for (std::size_t trial = 0; trial < probability_left.size(); ++trial) {
        const bool is_continued =
            trial > 0 &&
            std::abs(probability_left[trial] - probability_left[trial - 1]) < same_probability;
        if (is_continued) {
            ++lengths.back();
        } else {
            lengths.push_back(1);
        }
    }
    return lengths;
}

BlockStructure block_structure(std::span<const double> probability_left) {
    const std::vector<std::size_t> lengths = block_lengths(probability_left);
    BlockStructure structure;
    if (lengths.empty()) return structure;
    structure.n_blocks = lengths.size();
    structure.min_block_length = *std::ranges::min_element(lengths);
    const auto complete_end = lengths.size() == 1 ? lengths.end() : lengths.end() - 1;
    structure.is_flagged =
        *std::min_element(lengths.begin(), complete_end) < shortest_plausible_block;
    return structure;
}

std::vector<double> reconstruct_probability_left(const BlockPlan& plan, std::size_t n_trials) {
    if (plan.block_lengths.empty() || plan.positions.empty()) {
        throw Error(ErrorKind::data, "the plan of the session has no block lengths or no positions",
                    {}, "MissingBlockInfo");
    }
    std::vector<double> candidates = {0.5};
    candidates.insert(candidates.end(), plan.block_probability_set.begin(),
                      plan.block_probability_set.end());
    const double left = *std::ranges::min_element(plan.positions);

    std::vector<double> probability;
    std::size_t begin = 0;
    for (const std::size_t length : plan.block_lengths) {
        if (probability.size() >= n_trials) break;
        const std::size_t first = std::min(begin, plan.positions.size());
        const std::size_t last = first + std::min(length, plan.positions.size() - first);
        double nearest = 0.5;
        if (last > first) {
            const auto n_left =
                std::count(plan.positions.begin() + static_cast<std::ptrdiff_t>(first),
                           plan.positions.begin() + static_cast<std::ptrdiff_t>(last), left);
            const double share_left =
                static_cast<double>(n_left) / static_cast<double>(last - first);
            nearest = *std::ranges::min_element(
                candidates, {}, [&](double candidate) { return std::abs(candidate - share_left); });
        }
        // A plan may claim any length: never more than the trials that are asked for.
        probability.insert(probability.end(), std::min(length, n_trials - probability.size()),
                           nearest);
        begin = first + std::min(length, plan.positions.size() - first);
    }
    return probability;
}

bool is_same_probability_left(std::span<const double> recorded,
                              std::span<const double> reconstructed) {
    return std::ranges::equal(recorded, reconstructed, [](double a, double b) {
        return std::abs(a - b) < same_probability;
    });
}

}  // namespace tb::compute::task
