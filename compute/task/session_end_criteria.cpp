#include "compute/task/session_end_criteria.hpp"

#include "compute/task/trials.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::task {

namespace {

constexpr std::size_t n_warm_up = 400;  // criteria of the animal's doing hold after it
constexpr std::size_t n_recent_responses = 20;
constexpr std::size_t n_recent_outcomes = 50;
constexpr double least_drop = 0.4;
constexpr double short_session_s = 45.0 * 60.0;
constexpr double long_session_s = 90.0 * 60.0;
constexpr double recent_s = 300.0;
constexpr std::size_t n_moving_on = 45;  // trials in the last five minutes

/// Median of all values so far, missing ones left out.
class MedianSoFar {
  public:
    void add(double value) {
        if (std::isnan(value)) return;
        if (below_.empty() || value <= *below_.rbegin()) {
            below_.insert(value);
        } else {
            above_.insert(value);
        }
        if (below_.size() > above_.size() + 1) {
            above_.insert(*below_.rbegin());
            below_.erase(std::prev(below_.end()));
        } else if (above_.size() > below_.size()) {
            below_.insert(*above_.begin());
            above_.erase(above_.begin());
        }
    }
    [[nodiscard]] double value() const {
        if (below_.empty()) return nan;
        if (below_.size() > above_.size()) return *below_.rbegin();
        return (*below_.rbegin() + *above_.begin()) / 2.0;
    }

  private:
    std::multiset<double> below_;  // as many as above_, or one more
    std::multiset<double> above_;
};

/// How far the latest outcomes fell below all of them, as a share; missing ones left out.
class PerformanceDrop {
  public:
    void add(double outcome) {
        if (std::isnan(outcome)) return;
        sum_ += outcome;
        ++n_;
        latest_.push_back(outcome);
        latest_sum_ += outcome;
        if (latest_.size() > n_recent_outcomes) {
            latest_sum_ -= latest_.front();
            latest_.pop_front();
        }
    }
    /// NaN before the first outcome, and as long as none was right.
    [[nodiscard]] double value() const {
        if (n_ == 0 || sum_ <= 0.0) return nan;
        const double all = sum_ / static_cast<double>(n_);
        return (all - latest_sum_ / static_cast<double>(latest_.size())) / all;
    }

  private:
    // Outcomes are 0 and 1: sums are exact.
    double sum_ = 0.0;
    std::size_t n_ = 0;
    std::deque<double> latest_;
    double latest_sum_ = 0.0;
};

double recent_median(std::span<const double> values, std::size_t last) {
    if (last + 1 < n_recent_responses) return nan;
    const auto recent = values.subspan(last + 1 - n_recent_responses, n_recent_responses);
    if (std::ranges::any_of(recent, [](double value) { return std::isnan(value); })) return nan;
    return median({recent.begin(), recent.end()});
}

void check(const SessionEndTrials& trials) {
    const std::size_t n = trials.start_s.size();
    if (trials.response_time_s.size() == n && trials.correct.size() == n &&
        trials.signed_contrast.size() == n) {
        return;
    }
    throw value_error(fmt::format(
        "{} trial starts, {} response times, {} outcomes and {} "
        "contrasts: expected as many of each",
        n, trials.response_time_s.size(), trials.correct.size(), trials.signed_contrast.size()));
}

}  // namespace

std::string_view name_of(EndCriterion criterion) {
    switch (criterion) {
        case EndCriterion::long_response_times:
            return "long_rt";
        case EndCriterion::low_easy_performance:
            return "perf_ez<40";
        case EndCriterion::low_performance:
            return "perf<40";
        case EndCriterion::few_trials:
            return "<400_trials";
        case EndCriterion::stopped:
            return ">45_min_&_stopped";
        case EndCriterion::ninety_minutes:
            return ">90_min";
    }
    throw Error(ErrorKind::internal, "unknown criterion of a session's end");
}

bool is_implemented_on_rig(EndCriterion criterion) {
    return criterion == EndCriterion::long_response_times ||
           criterion == EndCriterion::few_trials || criterion == EndCriterion::ninety_minutes;
}

std::optional<EndCriterion> SessionEnd::earliest(bool only_implemented) const {
    std::optional<EndCriterion> best;
    for (std::size_t k = 0; k < n_end_criteria; ++k) {
        const auto criterion = static_cast<EndCriterion>(k);
        if (!first_trial[k] || (only_implemented && !is_implemented_on_rig(criterion))) continue;
        if (!best || *first_trial[k] < *at(*best)) best = criterion;
    }
    return best;
}

SessionEnd session_end(const SessionEndTrials& trials, const SessionEndOptions& options) {
    check(trials);
    SessionEnd out;
    std::array<bool, n_end_criteria> is_settled{};
    MedianSoFar all_response_times;
    PerformanceDrop easy;
    PerformanceDrop all;
    for (std::size_t i = 0; i < trials.start_s.size(); ++i) {
        all_response_times.add(trials.response_time_s[i]);
        all.add(trials.correct[i]);
        if (std::abs(trials.signed_contrast[i]) >= 0.5) easy.add(trials.correct[i]);
        const double start_s = trials.start_s[i];
        const auto note = [&](EndCriterion criterion, bool holds) {
            const auto k = static_cast<std::size_t>(criterion);
            if (!holds || is_settled[k]) return;
            is_settled[k] = true;
            if (i > 0) out.first_trial[k] = i;
        };
        const bool is_warm = i > n_warm_up;
        const PerformanceDrop& judged = options.is_low_performance_of_easy_trials ? easy : all;
        note(
            EndCriterion::long_response_times,
            is_warm && recent_median(trials.response_time_s, i) > 5.0 * all_response_times.value());
        note(EndCriterion::low_easy_performance, is_warm && easy.value() > least_drop);
        note(EndCriterion::low_performance, is_warm && judged.value() > least_drop);
        note(EndCriterion::few_trials, start_s > short_session_s && i < n_warm_up);
        const auto is_recent = [&](double other_s) { return start_s - other_s < recent_s; };
        if (start_s > short_session_s) {
            const auto n_recent =
                static_cast<std::size_t>(std::ranges::count_if(trials.start_s.first(i), is_recent));
            note(EndCriterion::stopped, n_recent < n_moving_on);
        }
        note(EndCriterion::ninety_minutes, start_s > long_session_s);
    }
    return out;
}

}  // namespace tb::compute::task
