#include "ingest/simulated/session_maker.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tb::simulated {
namespace {

constexpr double pi = 3.14159265358979323846;

// One step of the encoder: 1024 per turn (spec/ibl_behavior.md, 12.3).
constexpr double tick_rad = 2.0 * pi / 1024.0;
// The wheel turn that brings the stimulus from 35 degrees to the centre: 4 degrees per millimetre
// of the rim, radius 31 mm.
constexpr double threshold_rad = 35.0 / 4.0 / 31.0;
constexpr double no_go_after_s = 60.0;

double round_time(double time) {
    return std::round(time * 1e4) / 1e4;
}

/// Contrasts of the successive stages of training, then of the biased task.
const std::array<std::vector<double>, 6> contrast_sets{{{1.0, 0.5},
                                                        {1.0, 0.5, 0.25},
                                                        {1.0, 0.5, 0.25, 0.125},
                                                        {1.0, 0.5, 0.25, 0.125, 0.0625},
                                                        {1.0, 0.5, 0.25, 0.125, 0.0625, 0.0},
                                                        {1.0, 0.25, 0.125, 0.0625, 0.0}}};

/// Time of a minimum-jerk movement (0..1) at which a part (0..1) of its way is done: the inverse of
/// 10 t^3 - 15 t^4 + 6 t^5 (Flash and Hogan 1985).
double minimum_jerk_time(double part) {
    static const std::array<double, 1025> table = [] {
        std::array<double, 1025> times{};
        for (std::size_t i = 0; i < times.size(); ++i) {
            const double target = static_cast<double>(i) / 1024.0;
            double low = 0.0;
            double high = 1.0;
            for (int step = 0; step < 60; ++step) {
                const double t = 0.5 * (low + high);
                const double done = t * t * t * (10.0 + t * (-15.0 + 6.0 * t));
                (done < target ? low : high) = t;
            }
            times[i] = 0.5 * (low + high);
        }
        return times;
    }();
    const double x = std::clamp(part, 0.0, 1.0) * 1024.0;
    const auto i = std::min<std::size_t>(static_cast<std::size_t>(x), 1023);
    return table[i] + (table[i + 1] - table[i]) * (x - static_cast<double>(i));
}

class SessionMaker {
  public:
    SessionMaker(const SimulateOptions& options, const Day& day, std::size_t stage, Random random)
        : options_(options), day_(day), stage_(stage), random_(random) {}

    /// Makes the trials (and the wheel); `session` gets its counts.
    void run(std::size_t trials, SimulatedSession& session) {
        double clock = 0.5 + random_.uniform();
        double probability_left = 0.5;
        std::size_t block_ends = stage_ == biased_stage ? 90 : trials;
        double contrast = 0.0;
        bool is_right = false;
        std::int64_t repeats = 0;
        for (std::size_t trial = 0; trial < trials; ++trial) {
            if (stage_ == biased_stage && trial == block_ends) {
                probability_left = probability_left == 0.5 ? (random_.chance(0.5) ? 0.2 : 0.8)
                                                           : 1.0 - probability_left;
                probability_left = probability_left > 0.5 ? 0.8 : 0.2;
                block_ends += block_length();
            }
            if (repeats == 0) {
                contrast = draw_contrast();
                is_right = !random_.chance(probability_left);
            }
            const bool tired = trials - trial <= trials / 12;
            const double effort = tired
                                      ? 1.0 - 0.6 * (1.0 - static_cast<double>(trials - trial) /
                                                               (static_cast<double>(trials) / 12.0))
                                      : 1.0;
            const bool correct =
                one_trial(clock, contrast, is_right, probability_left, repeats, effort, session);
            made.columns.included.push_back(tired ? 0 : 1);
            const bool repeat = stage_ <= last_training_stage && !correct && contrast >= 0.5;
            repeats = repeat ? repeats + 1 : 0;
        }
        session.trials = trials;
        session.wheel_samples = made.wheel.time.size();
        session.licks = made.licks.size();
    }

    MadeSession made;

  private:
    /// Exponential with mean 60, cut to 20..100 trials, as in the biased task.
    std::size_t block_length() {
        while (true) {
            const double length = 20.0 + random_.exponential(60.0);
            if (length <= 100.0) return static_cast<std::size_t>(length);
        }
    }

    /// Zero comes half as often as the others: it belongs to neither side.
    double draw_contrast() {
        const auto& set = contrast_sets[stage_];
        const bool has_zero = set.back() == 0.0;
        const double weight = static_cast<double>(set.size()) - (has_zero ? 0.5 : 0.0);
        return set[static_cast<std::size_t>(random_.uniform() * weight)];
    }

    /// Advances the clock over one trial. @return whether it was rewarded
    bool one_trial(double& clock, double contrast, bool is_right, double probability_left,
                   std::int64_t repeats, double effort, SimulatedSession& session) {
        const double signed_contrast = is_right ? contrast : -contrast;
        const bool no_go = random_.chance(day_.no_go + 0.25 * (1.0 - effort) * (1.0 - contrast));
        const double bias = day_.bias + day_.block_shift * (probability_left - 0.5) / 0.3;
        const double z = (signed_contrast - bias) / day_.threshold;
        const double right =
            day_.lapse_low + (1.0 - day_.lapse_low - day_.lapse_high) * 0.5 * (1.0 + std::erf(z));
        const bool reports_right = random_.chance(right);
        const bool correct = !no_go && reports_right == is_right;

        const double start = round_time(clock);
        const double quiescence = round_time(0.2 + std::min(0.5, random_.exponential(0.35)));
        // A restless wheel lengthens the quiescent period.
        const double restless = random_.chance(0.3) ? random_.exponential(0.4) : 0.0;
        const double stim_on_trigger = round_time(start + quiescence + restless + 0.0003);
        const double stim_on = round_time(stim_on_trigger + random_.uniform(0.018, 0.052));
        const double go_cue_trigger = round_time(stim_on + random_.uniform(0.0006, 0.0012));
        const double go_cue = round_time(go_cue_trigger + random_.uniform(0.0002, 0.0101));
        // Slower when little is seen, when little is known and when hardly motivated.
        const double difficulty = 1.0 - contrast / (contrast + 0.15);
        const double latency =
            0.08 + random_.lognormal((0.11 + 0.12 * difficulty + 0.5 * (1.0 - day_.skill)) *
                                         day_.speed * (2.0 - effort),
                                     0.35 + 0.25 * difficulty);
        const double turn_s =
            std::clamp(random_.lognormal(0.12 + 0.1 * difficulty, 0.3), 0.05, 1.5);
        double first_movement = round_time(stim_on + std::min(latency, 50.0));
        double response = round_time(first_movement + turn_s);
        if (no_go) {
            first_movement = nan;
            response = round_time(go_cue + no_go_after_s);
        }
        const double feedback = round_time(response + random_.uniform(0.0002, 0.0012));
        const double stim_off =
            round_time(feedback + (correct ? 1.0 : 2.0) + random_.uniform(0.02, 0.05));
        const double iti = 0.5;
        const double end = round_time(stim_off + iti);
        clock = end + random_.uniform(0.03, 0.06);

        // Choice -1: counter-clockwise, the animal reports "right".
        const std::int64_t choice = no_go ? 0 : reports_right ? -1 : 1;
        const double reward = correct ? (stage_ == biased_stage ? 1.5 : 3.0) : 0.0;
        made.columns.interval_start.push_back(start);
        made.columns.interval_end.push_back(end);
        made.columns.stim_on_trigger.push_back(stim_on_trigger);
        // The photodiode misses a change now and then.
        made.columns.stim_on.push_back(random_.chance(0.001) ? nan : stim_on);
        made.columns.stim_off.push_back(stim_off);
        made.columns.go_cue_trigger.push_back(go_cue_trigger);
        made.columns.go_cue.push_back(go_cue);
        made.columns.first_movement.push_back(first_movement);
        made.columns.response.push_back(response);
        made.columns.feedback.push_back(feedback);
        made.columns.contrast_left.push_back(is_right ? nan : contrast);
        made.columns.contrast_right.push_back(is_right ? contrast : nan);
        made.columns.probability_left.push_back(probability_left);
        made.columns.reward.push_back(reward);
        made.columns.iti.push_back(iti);
        made.columns.quiescence.push_back(quiescence);
        made.columns.choice.push_back(choice);
        made.columns.feedback_type.push_back(correct ? 1 : -1);
        made.columns.repeats.push_back(repeats);

        ++(correct ? session.correct : session.error);
        if (no_go) ++session.no_go;
        if (contrast == 0.0) ++session.zero_contrast;
        if (contrast >= 0.5) {
            ++session.easy_trials;
            if (correct) ++session.easy_correct;
        }
        session.reward_ul += reward;

        if (options_.wheel) {
            if (restless > 0.0) {
                fidget(start + 0.2 * restless, std::min(0.4, 0.7 * restless + 0.05));
            }
            if (!no_go) {
                const double side = reports_right ? 1.0 : -1.0;
                // The wheel does not stop where the response is counted.
                const double way = threshold_rad * random_.uniform(1.1, 1.7);
                // At `turn_s` the threshold is passed, so that the whole movement takes longer.
                const double whole = turn_s / minimum_jerk_time(threshold_rad / way);
                move(first_movement, whole, side * way);
                if (correct) lick(feedback + random_.uniform(0.05, 0.2));
            }
            const double last = made.wheel.time.empty() ? 0.0 : made.wheel.time.back();
            if (random_.chance(0.25)) {
                fidget(std::max(last + 0.15, feedback + random_.uniform(0.2, 0.5)),
                       random_.uniform(0.08, 0.3));
            }
        }
        return correct;
    }

    void fidget(double onset, double duration) {
        move(onset, duration, (random_.chance(0.5) ? 1.0 : -1.0) * random_.uniform(0.02, 0.15));
    }

    /// Adds the encoder's steps of one smooth movement: a sample at every tick, at its own time.
    void move(double onset, double duration, double way) {
        if (!made.wheel.time.empty() && onset <= made.wheel.time.back() + 0.02) return;
        const auto ticks = static_cast<int>(std::abs(way) / tick_rad);
        if (ticks < 1) return;
        const int sign = way > 0 ? 1 : -1;
        if (made.wheel.time.empty()) {
            made.wheel.time.push_back(std::max(0.0, round_time(onset - 0.3)));
            made.wheel.position.push_back(0.0);
        } else if (onset - made.wheel.time.back() >
                   0.05) {  // the encoder repeats itself before it moves
            made.wheel.time.push_back(std::round((onset - 0.005) * 1e6) / 1e6);
            made.wheel.position.push_back(position_ * tick_rad);
        }
        double last = made.wheel.time.back();
        for (int tick = 1; tick <= ticks; ++tick) {
            position_ += sign;
            const double part = (tick - 0.5 * random_.uniform()) / (ticks + 0.5);
            double time = onset + duration * minimum_jerk_time(part);
            time = std::max(std::round(time * 1e6) / 1e6, last + 1e-5);
            made.wheel.time.push_back(time);
            made.wheel.position.push_back(position_ * tick_rad);
            last = time;
        }
        made.wheel.move_intervals.push_back(round_time(onset));
        made.wheel.move_intervals.push_back(round_time(onset + duration));
        made.wheel.move_amplitude.push_back(sign * ticks * tick_rad);
    }

    void lick(double first) {
        double time = first;
        const auto count = 3 + random_.below(6);
        for (std::uint64_t i = 0; i < count; ++i) {
            made.licks.push_back(round_time(time));
            time += std::max(0.08, 0.14 + 0.02 * random_.normal());
        }
    }

    const SimulateOptions& options_;
    const Day& day_;
    std::size_t stage_;
    Random random_;
    int position_ = 0;  ///< ticks
};

}  // namespace

MadeSession make_session(const SimulateOptions& options, const Day& day, std::size_t stage,
                         Random random, std::size_t trials, SimulatedSession& session) {
    SessionMaker maker(options, day, stage, random);
    maker.run(trials, session);
    return std::move(maker.made);
}

}  // namespace tb::simulated
