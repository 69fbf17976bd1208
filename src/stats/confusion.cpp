#include "src/stats/confusion.hpp"

#include "src/stats/test_result.hpp"

#include <fmt/format.h>

namespace tb::stats {

namespace {

void require_pairs(std::span<const std::size_t> truth, std::span<const std::size_t> predicted) {
    if (truth.size() == predicted.size()) return;
    throw value_error(fmt::format("{} true and {} predicted classes, expected as many",
                                  truth.size(), predicted.size()));
}

}  // namespace

std::vector<std::size_t> confusion_counts(std::span<const std::size_t> truth,
                                          std::span<const std::size_t> predicted,
                                          std::size_t n_classes) {
    require_pairs(truth, predicted);
    std::vector<std::size_t> out(n_classes * n_classes, 0);
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (truth[i] >= n_classes || predicted[i] >= n_classes) {
            throw value_error(fmt::format("class {} taken for {}: expected classes below {}",
                                          truth[i], predicted[i], n_classes));
        }
        ++out[truth[i] * n_classes + predicted[i]];
    }
    return out;
}

double accuracy(std::span<const std::size_t> truth, std::span<const std::size_t> predicted) {
    require_pairs(truth, predicted);
    if (truth.empty()) throw too_few_values("accuracy: no rows, expected at least one");
    std::size_t n_right = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) n_right += truth[i] == predicted[i] ? 1 : 0;
    return static_cast<double>(n_right) / static_cast<double>(truth.size());
}

}  // namespace tb::stats
