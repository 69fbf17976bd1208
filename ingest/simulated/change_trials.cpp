#include "ingest/simulated/change_trials.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace tb::simulated {
namespace {

// Of the task (spec/change_detection.md, 1 and 5.3).
constexpr int least_flashes_before = 3;   // of a trial, before the one that may change
constexpr double change_chance = 0.3;     // of every flash after these: geometric
constexpr int most_flashes_more = 8;      // beyond them the change comes for sure
constexpr int flashes_after = 6;          // from the change to the next trial
constexpr double catch_fraction = 0.125;  // of trials that go on to their change time
constexpr int free_trials = 5;            // with automatic reward, at the beginning
constexpr double omission_chance = 0.05;
constexpr std::int64_t auto_reward_delay = 9;  // frames after the change
// Of the mouse. Latencies stay clear of the window's ends by the monitor's delay and a dropped
// frame.
constexpr double shortest_latency_s = 0.22;
constexpr double longest_latency_s = 0.70;
constexpr double lapse_rate_disengaged = 0.85;
constexpr double abort_factor_disengaged = 0.25;
constexpr double late_lick_chance = 0.04;  // long after a change that was missed
constexpr double drinks_chance = 0.9;      // what comes by itself
constexpr double frame_hz = 60.0;

double normal_cdf(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

class TaskMaker {
  public:
    TaskMaker(const ChangeDay& day, std::size_t n_trials, std::int64_t first_frame, Random random,
              ChangeSessionTruth& truth)
        : day_(day),
          n_trials_(n_trials),
          random_(random),
          truth_(truth),
          frame_(first_frame),
          image_(static_cast<int>(random_.below(images()))) {
        truth_.lapse_rate = day.lapse_rate;
        truth_.lapse_rate_disengaged = lapse_rate_disengaged;
        truth_.abort_rate = day.is_passive || day.is_all_automatic ? 0.0 : day.abort_rate;
        truth_.hit_rate_attending = normal_cdf(day.d_prime / 2.0 - day.criterion);
        truth_.false_alarm_rate_attending = normal_cdf(-day.d_prime / 2.0 - day.criterion);
        disengaged_from_ = static_cast<std::size_t>(
            std::lround(day.engaged_fraction * static_cast<double>(n_trials)));
        truth_.disengaged_from_trial = static_cast<int>(disengaged_from_);
    }

    FrameTask run() {
        if (!day_.is_flashed) begin_static();
        for (std::size_t number = 0; number < n_trials_; ++number) add_trial(number);
        if (!day_.is_flashed) task_.flashes.back().end = frame_;
        task_.end = frame_;
        count();
        return std::move(task_);
    }

  private:
    [[nodiscard]] std::uint64_t images() const {
        return day_.is_gratings ? n_orientations : n_images;
    }
    void begin_static() { task_.flashes.push_back({frame_, frame_, image_, false, false}); }

    void add_trial(std::size_t number) {
        FrameTrial trial;
        const bool is_engaged = number < disengaged_from_;
        trial.start = frame_;
        trial.initial_image = image_;
        const int before =
            least_flashes_before +
            std::min(most_flashes_more, static_cast<int>(std::log(1.0 - random_.uniform()) /
                                                         std::log(1.0 - change_chance)));
        const double abort_chance =
            truth_.abort_rate * (is_engaged ? 1.0 : abort_factor_disengaged);
        const bool is_free = day_.is_all_automatic ||
                             (!day_.is_passive && n_free_ < static_cast<std::size_t>(free_trials));
        if (is_free) {
            ++n_free_;
            trial.kind = ChangeTrialKind::auto_rewarded;
        } else if (random_.chance(abort_chance)) {
            trial.kind = ChangeTrialKind::aborted;
        } else if (random_.chance(catch_fraction)) {
            trial.kind = ChangeTrialKind::catch_trial;
        }
        if (trial.kind == ChangeTrialKind::aborted) {
            const int at = static_cast<int>(random_.below(static_cast<std::uint64_t>(before)));
            add_flashes(trial, at + 1, -1);
            // The lick comes before the trial's last flash is over and done with.
            add_bout(trial, frame_ - cycle_frames + 2 + to_frame(random_.below(30)),
                     1 + to_frame(random_.below(2)));
            trial.stop = frame_ - 2;
        } else {
            if (trial.kind != ChangeTrialKind::catch_trial) {
                const auto step = 1 + random_.below(images() - 1);
                image_ = static_cast<int>((static_cast<std::uint64_t>(image_) + step) % images());
            }
            trial.change = trial.start + before * cycle_frames;
            add_flashes(trial, before + flashes_after, before);
            trial.stop = frame_ - 9;
            respond(trial, is_engaged);
        }
        trial.final_image = image_;
        task_.trials.push_back(std::move(trial));
    }

    static std::int64_t to_frame(std::uint64_t count) { return static_cast<std::int64_t>(count); }

    /// The flashes of a trial; of these the one at `change` shows the new image.
    void add_flashes(const FrameTrial& trial, int count, int change) {
        const bool is_catch = trial.kind == ChangeTrialKind::catch_trial;
        for (int k = 0; k < count; ++k, frame_ += cycle_frames) {
            const bool is_here = k == change;
            const bool is_change = is_here && !is_catch;
            if (!day_.is_flashed) {
                if (!is_change) continue;
                task_.flashes.back().end = frame_;
                task_.flashes.push_back({frame_, frame_, image_, true, false});
                continue;
            }
            // Never the change, the flash before it, nor the first one of a trial.
            const bool is_omitted = day_.has_omissions && k > 0 && !is_here && k + 1 != change &&
                                    random_.chance(omission_chance);
            const int shown = change >= 0 && k >= change ? image_ : trial.initial_image;
            task_.flashes.push_back({frame_, frame_ + flash_frames, is_omitted ? -1 : shown,
                                     is_change, is_here && is_catch});
        }
    }

    void respond(FrameTrial& trial, bool is_engaged) {
        const double lapse = is_engaged ? day_.lapse_rate : lapse_rate_disengaged;
        const bool is_catch = trial.kind == ChangeTrialKind::catch_trial;
        const bool is_free = trial.kind == ChangeTrialKind::auto_rewarded;
        if (day_.is_passive) return;
        trial.response_probability =
            is_free ? drinks_chance
                    : (1.0 - lapse) * (is_catch ? truth_.false_alarm_rate_attending
                                                : truth_.hit_rate_attending);
        trial.has_responded = random_.chance(trial.response_probability);
        if (trial.has_responded) {
            const double latency_s =
                std::clamp(random_.lognormal(0.38, 0.22), shortest_latency_s, longest_latency_s);
            const bool drinks = !is_catch;
            add_bout(trial, trial.change + std::llround(latency_s * frame_hz),
                     drinks ? 4 + to_frame(random_.below(9)) : 1 + to_frame(random_.below(3)));
        } else if (random_.chance(late_lick_chance)) {
            add_bout(trial, trial.change + 60 + to_frame(random_.below(100)), 1);
        }
        if (is_free) {
            trial.reward = trial.change + auto_reward_delay;
            trial.reward_ml = auto_reward_ml;
        } else if (!is_catch && trial.has_responded) {
            trial.reward = trial.licks.front();
            trial.reward_ml = earned_reward_ml(day_);
        }
    }

    void add_bout(FrameTrial& trial, std::int64_t first, std::int64_t licks) {
        for (std::int64_t i = 0, at = first; i < licks && at < frame_ - 2; ++i) {
            trial.licks.push_back(at);
            at += 7 + to_frame(random_.below(4));
        }
    }

    void count() {
        double go_chances = 0.0, catch_chances = 0.0;
        for (const auto& trial : task_.trials) {
            truth_.licks += trial.licks.size();
            truth_.rewards += trial.reward >= 0;
            truth_.reward_volume_ml += trial.reward_ml;
            switch (trial.kind) {
                case ChangeTrialKind::aborted:
                    ++truth_.aborted;
                    break;
                case ChangeTrialKind::auto_rewarded:
                    ++truth_.auto_rewarded;
                    break;
                case ChangeTrialKind::go:
                    ++truth_.go;
                    ++(trial.has_responded ? truth_.hit : truth_.miss);
                    go_chances += trial.response_probability;
                    break;
                case ChangeTrialKind::catch_trial:
                    ++truth_.catch_trials;
                    ++(trial.has_responded ? truth_.false_alarm : truth_.correct_reject);
                    catch_chances += trial.response_probability;
                    break;
            }
        }
        truth_.trials = task_.trials.size();
        truth_.hit_rate = go_chances / static_cast<double>(truth_.go);  // of none: NaN
        truth_.false_alarm_rate = catch_chances / static_cast<double>(truth_.catch_trials);
        truth_.flashes = task_.flashes.size();
        for (const auto& flash : task_.flashes) {
            truth_.omissions += flash.image < 0;
            truth_.changes += flash.is_change;
        }
        if (!day_.is_passive) return;
        for (double* rate : {&truth_.hit_rate, &truth_.false_alarm_rate, &truth_.hit_rate_attending,
                             &truth_.false_alarm_rate_attending, &truth_.lapse_rate,
                             &truth_.lapse_rate_disengaged})
            *rate = nan;
    }

    const ChangeDay& day_;
    std::size_t n_trials_;
    Random random_;
    ChangeSessionTruth& truth_;
    std::int64_t frame_;
    int image_;
    std::size_t n_free_ = 0;
    std::size_t disengaged_from_ = 0;
    FrameTask task_;
};

}  // namespace

double earned_reward_ml(const ChangeDay& day) {
    const auto stage = day.session_type.substr(0, day.session_type.find('_', 9));
    return stage.starts_with("TRAINING_") && stage < "TRAINING_4" ? 0.010 : 0.007;
}

FrameTask make_change_trials(const ChangeDay& day, std::size_t n_trials, std::int64_t first_frame,
                             Random random, ChangeSessionTruth& truth) {
    return TaskMaker(day, n_trials, first_frame, random, truth).run();
}

}  // namespace tb::simulated
