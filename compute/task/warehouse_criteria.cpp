#include "compute/task/warehouse_criteria.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

namespace tb::compute::task {

namespace {

// spec/ibl_behavior.md, 3.1
constexpr std::size_t sessions_judged = 3;
constexpr std::size_t patience_sessions = 40;
constexpr double long_delay_s = 900.0;
constexpr double same_probability = 1e-3;
constexpr double zero_contrast = 1e-3;
constexpr double small_contrast = 0.065;
constexpr double bias_shift_percent = 5.0;
constexpr double response_time_zero_s = 2.0;

/// What all of three sessions must exceed, and what the function over their trials must stay below.
struct Limits {
    double n_trials;
    double performance_easy;
    double lapse;
    double bias_percent;
    double threshold_percent;
};
constexpr Limits limits_1a = {200.0, 0.8, 0.2, 16.0, 19.0};
constexpr Limits limits_1b = {400.0, 0.9, 0.1, 10.0, 20.0};

struct Judged {
    const HistorySession* session = nullptr;
    double performance_easy = NAN;  ///< by the side of the report
};

bool is_protocol(const Judged& at, Protocol protocol) {
    return at.session->protocol == protocol;
}

bool exceeds(const Judged& at, const Limits& limits) {
    const std::size_t n_trials = std::max(at.session->n_trials, at.session->trials.size());
    return static_cast<double>(n_trials) > limits.n_trials &&
           at.performance_easy > limits.performance_easy;  // NaN does not
}

/// The sessions of an animal up to one of them, as the rules ask for them.
class Fold {
  public:
    Fold(bool as_published, StatusFits& fits) : as_published_(as_published), fits_(fits) {}

    SessionStatus add(const HistorySession& session) {
        sessions_.push_back({&session, session.trials.performance_easy()});
        SessionStatus result;
        metrics_ = {};
        result.status = judge();
        result.judged = result.status;
        const std::vector<Judged> last = last_three([](const Judged&) { return true; });
        for (std::size_t i = 0; i < last.size(); ++i) {
            if (i == 0 || last[i].session->date != last[i - 1].session->date) ++result.n_days;
            if (last[i].session->is_on_ephys_rig) ++metrics_.n_ephys;
            if (last[i].session->start_delay_s >= long_delay_s) ++metrics_.n_delay;
        }
        result.metrics = metrics_;
        reached_[static_cast<std::size_t>(result.status)] = true;
        return result;
    }

  private:
    [[nodiscard]] bool has_reached(TrainingStatus status) const {
        return reached_[static_cast<std::size_t>(status)];
    }

    /// The latest sessions that a rule is about, in order; at most three.
    [[nodiscard]] std::vector<Judged> last_three(
        const std::function<bool(const Judged&)>& is_meant) const {
        std::vector<Judged> last;
        for (auto at = sessions_.rbegin(); at != sessions_.rend(); ++at) {
            if (last.size() < sessions_judged && is_meant(*at)) last.push_back(*at);
        }
        std::ranges::reverse(last);
        return last;
    }

    static TrialTally pooled(const std::vector<Judged>& judged) {
        TrialTally trials;
        for (const Judged& at : judged) trials.append(at.session->trials);
        return trials;
    }

    /// The test of three block sessions: `reached` when they pass, trained_1b when they show only
    /// one kind of block, else nothing.
    std::optional<TrainingStatus> judge_blocks(const std::vector<Judged>& three,
                                               TrainingStatus reached) {
        if (!std::ranges::all_of(three, [](const Judged& at) { return exceeds(at, limits_1b); }))
            return std::nullopt;
        const TrialTally trials = pooled(three);
        const auto has = [&](double probability) {
            return trials.has_probability(probability, same_probability);
        };
        if (!has(0.5)) return std::nullopt;
        if (!has(0.2) || !has(0.8)) return TrainingStatus::trained_1b;
        metrics_.block_20 = fits_.of(trials.of_block(0.2));
        metrics_.block_80 = fits_.of(trials.of_block(0.8));
        metrics_.median_response_time_zero_s = median(trials.response_times_zero_s);
        const bool has_low_lapses =
            std::max({metrics_.block_20.lapse_low, metrics_.block_20.lapse_high,
                      metrics_.block_80.lapse_low, metrics_.block_80.lapse_high}) < limits_1b.lapse;
        const bool is_passed =
            has_low_lapses &&
            metrics_.block_80.bias_percent - metrics_.block_20.bias_percent > bias_shift_percent &&
            metrics_.median_response_time_zero_s < response_time_zero_s;
        return is_passed ? std::optional(reached) : std::nullopt;
    }

    bool passes_unbiased(const Limits& limits, bool asks_response_time) {
        const std::vector<Judged> three = last_three([](const Judged&) { return true; });
        const TrialTally& latest = sessions_.back().session->trials;
        if (three.size() < sessions_judged ||
            !std::ranges::all_of(three, [&](const Judged& at) { return exceeds(at, limits); }) ||
            !latest.has_contrast_within(0.0, zero_contrast) ||
            !latest.has_contrast_within(zero_contrast, small_contrast))
            return false;
        const TrialTally trials = pooled(three);
        metrics_.all = fits_.of(trials);
        metrics_.median_response_time_zero_s = median(trials.response_times_zero_s);
        const CriterionFit& fit = metrics_.all;
        return std::abs(fit.bias_percent) < limits.bias_percent &&
               fit.threshold_percent < limits.threshold_percent && fit.lapse_low < limits.lapse &&
               fit.lapse_high < limits.lapse &&
               (!asks_response_time || metrics_.median_response_time_zero_s < response_time_zero_s);
    }

    /// The numbered rules; the first that holds.
    TrainingStatus judge() {
        using enum TrainingStatus;
        const Judged& now = sessions_.back();
        const auto is_biased = [](const Judged& at) { return is_protocol(at, Protocol::biased); };
        const auto is_blocked = [&](const Judged& at) {
            return is_biased(at) || is_protocol(at, Protocol::ephys);
        };
        const auto is_on_rig = [](const Judged& at) { return at.session->is_on_ephys_rig; };
        const auto is_delayed = [](const Judged& at) {
            return at.session->start_delay_s >= long_delay_s;
        };
        if (has_reached(ready4recording)) return ready4recording;
        if (is_blocked(now)) {
            const std::vector<Judged> three = last_three(is_blocked);
            if (three.size() == sessions_judged && std::ranges::all_of(three, is_on_rig) &&
                std::ranges::any_of(three, is_delayed)) {
                if (const auto reached = judge_blocks(three, ready4recording)) return *reached;
            }
        }
        if (has_reached(ready4delay)) return ready4delay;
        if (has_reached(ready4ephysrig)) {
            const bool is_good = is_biased(now) && is_on_rig(now) && exceeds(now, limits_1b);
            return is_good ? ready4delay : ready4ephysrig;
        }
        bool has_lost_patience = false;
        if (is_biased(now)) {
            has_lost_patience =
                !as_published_ && std::ranges::count_if(sessions_, is_biased) >=
                                      static_cast<std::ptrdiff_t>(patience_sessions);
            const std::vector<Judged> three = last_three(is_biased);
            if (three.size() == sessions_judged) {
                if (const auto reached = judge_blocks(three, ready4ephysrig)) return *reached;
            }
        }
        if (has_reached(trained_1b) || passes_unbiased(limits_1b, true)) return trained_1b;
        if (has_reached(trained_1a) || passes_unbiased(limits_1a, false)) return trained_1a;
        if (has_lost_patience || has_reached(unbiasable)) return unbiasable;
        return sessions_.size() >= patience_sessions ? untrainable : in_training;
    }

    bool as_published_;
    StatusFits& fits_;
    std::vector<Judged> sessions_;
    std::array<bool, 9> reached_{};
    TrainingMetrics metrics_;
};

}  // namespace

std::vector<SessionStatus> warehouse_history(std::span<const HistorySession> sessions,
                                             bool as_published, StatusFits& fits) {
    Fold fold(as_published, fits);
    std::vector<SessionStatus> history;
    history.reserve(sessions.size());
    for (const HistorySession& session : sessions) history.push_back(fold.add(session));
    return history;
}

std::vector<SessionStatus> warehouse_history(std::span<const HistorySession> sessions,
                                             bool as_published) {
    StatusFits fits;
    return warehouse_history(sessions, as_published, fits);
}

}  // namespace tb::compute::task
