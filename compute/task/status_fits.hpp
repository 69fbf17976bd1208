// Functions fitted for training statuses, each once: a subject's sessions are judged anew with
// every new one, but all windows but the last hold what they held before.
#pragma once

#include "compute/task/training_criteria.hpp"
#include "compute/task/trial_tally.hpp"

#include <cstdint>
#include <unordered_map>

namespace tb::compute::task {

/// Remembers fits of the configuration `status` by what was fitted.
class StatusFits {
  public:
    /// @param code_version  of the table that keeps the fits: those of another version are not
    ///                      found again, since its code may fit otherwise
    explicit StatusFits(int code_version = 0) : code_version_(code_version) {}

    /// A fit made before.
    void remember(const CriterionFit& fit) { known_.emplace(fit.points_hash, fit); }
    /// The fit to the counts, made now unless it is remembered; NaN parameters without trials.
    [[nodiscard]] CriterionFit of(const TrialTally& tally);

    [[nodiscard]] std::size_t n_made() const noexcept { return n_made_; }

  private:
    int code_version_;
    std::unordered_map<std::int64_t, CriterionFit> known_;
    std::size_t n_made_ = 0;
};

}  // namespace tb::compute::task
