#include "ingest/rig/trial_extraction.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace tb::rig {
namespace {

constexpr RigVersion with_play_tone{5, 0, 0};
constexpr RigVersion with_hide_stim{6, 2, 5};
constexpr RigVersion with_pauses{8, 9, 0};
/// Two pulses of the sound closer than this are one [s].
constexpr double shortest_gap_of_sounds_s = 0.02;
/// The go cue begins so long before the end of its pulse, where its beginning was not seen [s].
constexpr double go_cue_s = 0.1;

double sign_of(double value) {
    return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : std::isnan(value) ? nan : 0.0;
}

/// Changes of the screen, seen by the photodiode: both edges, in order, from the trial's start.
std::vector<double> screen_changes(const RigTrial& trial) {
    std::vector<double> edges;
    for (const char* event : {"BNC1High", "BNC1Low"}) {
        const auto found = trial.events.find(std::string_view(event));
        if (found != trial.events.end())
            edges.insert(edges.end(), found->second.begin(), found->second.end());
    }
    std::ranges::sort(edges);
    return edges;
}

/// The commands of one trial, from its start; NaN where there was none.
struct Commands {
    double on = nan;
    double off = nan;
    double freeze = nan;
};

class TrialExtractor {
  public:
    TrialExtractor(std::span<const RigTrial> trials, const ExtractionOptions& options)
        : trials_(trials), options_(options), version_(options.version) {}

    ExtractedTrials run() {
        out_.count = trials_.size();
        if (const auto* drawn = options_.pregenerated;
            drawn != nullptr && drawn->position.size() < trials_.size()) {
            throw Error(ErrorKind::data,
                        "the pregenerated session has " + std::to_string(drawn->position.size()) +
                            " trials, the task " + std::to_string(trials_.size()),
                        "Is it the session that the settings name?", "InvalidData");
        }
        for (std::size_t i = 0; i < trials_.size(); ++i) add(i);
        return std::move(out_);
    }

  private:
    [[noreturn]] static void fail(std::size_t i, const std::string& what) {
        throw Error(ErrorKind::data, "trial " + std::to_string(i + 1) + ": " + what, {},
                    "InvalidData");
    }

    void add(std::size_t i) {
        const auto& trial = trials_[i];
        const double offset = trial.offset_s();
        out_.start_s.push_back(trial.start_s - trial.bpod_start_s);
        out_.end_s.push_back(trial.end_s - trial.bpod_start_s);
        const double response = trial.end_of("closed_loop") + offset;
        out_.response_s.push_back(response);
        out_.iti_s.push_back(out_.end_s.back() - response);
        const bool has_tone = version_ >= with_play_tone;
        out_.go_cue_trigger_s.push_back(
            (has_tone ? trial.begin_of("play_tone") : trial.begin_of("closed_loop")) + offset);
        const double heard = trial.first_of("BNC2High");
        out_.go_cue_s.push_back((std::isnan(heard) ? trial.first_of("BNC2Low") - go_cue_s : heard) +
                                offset);
        out_.feedback_type.push_back(feedback_type(i));
        out_.feedback_s.push_back(feedback_time(trial) + offset);
        const double no_go = trial.begin_of("no_go");
        out_.error_cue_trigger_s.push_back((std::isnan(no_go) ? trial.begin_of("error") : no_go) +
                                           offset);
        out_.iti_in_s.push_back((has_tone ? trial.begin_of("exit_state") : nan) + offset);
        add_stimulus(i);
        add_conditions(i);
    }

    double feedback_type(std::size_t i) const {
        struct Outcome {
            std::string_view state;
            double type;
        };
        constexpr std::array outcomes{Outcome{"correct", 1.0},    Outcome{"error", -1.0},
                                      Outcome{"no_go", -1.0},     Outcome{"omit_correct", 0.0},
                                      Outcome{"omit_error", 0.0}, Outcome{"omit_no_go", 0.0}};
        double type = nan;
        std::string visited;
        for (const auto& outcome : outcomes) {
            if (!trials_[i].visited(outcome.state)) continue;
            visited += visited.empty() ? outcome.state : " and " + std::string(outcome.state);
            if (!std::isnan(type)) fail(i, "both " + visited + " were visited");
            type = outcome.type;
        }
        if (std::isnan(type)) fail(i, "none of correct, error and no_go was visited");
        return type;
    }

    double feedback_time(const RigTrial& trial) const {
        if (trial.visited("reward")) return trial.begin_of("reward");
        if (version_ < with_play_tone) {
            return trial.visited("error") ? trial.begin_of("error") : trial.begin_of("no_go");
        }
        // The error sound is the last one that was heard, after the go cue.
        const auto found = trial.events.find(std::string_view("BNC2High"));
        if (found == trial.events.end()) return nan;
        const auto& sounds = found->second;
        std::size_t kept = 0;
        double last = nan;
        for (std::size_t i = 0; i < sounds.size(); ++i) {
            if (i > 0 && sounds[i] - sounds[i - 1] < shortest_gap_of_sounds_s) continue;
            ++kept;
            last = sounds[i];
        }
        return kept >= 2 ? last : nan;
    }

    Commands commands_of(std::size_t i) const {
        const auto& trial = trials_[i];
        Commands found;
        found.on = trial.begin_of("stim_on");
        const bool has_freeze = version_ >= with_hide_stim;
        const bool has_tone = version_ >= with_play_tone;
        found.off = trial.begin_of(has_freeze ? "hide_stim"
                                   : has_tone ? "exit_state"
                                              : "trial_start");
        if (has_tone && trial.visited("no_go")) found.off = trial.begin_of("no_go");
        if (has_freeze) {
            found.freeze = trial.visited("freeze_reward") ? trial.begin_of("freeze_reward")
                                                          : trial.begin_of("freeze_error");
            if (trial.visited("no_go")) found.freeze = nan;
        }
        // Before version 5 the command to hide comes with the next trial's start: no order to ask.
        if (!has_tone) return found;
        const auto is_before = [](double a, double b) { return !(a >= b); };  // true for NaN
        if (!is_before(found.on, found.freeze) || !is_before(found.freeze, found.off) ||
            !is_before(found.on, found.off)) {
            fail(i, "the commands of stimulus on, freeze and off are not in this order");
        }
        return found;
    }

    void add_stimulus(std::size_t i) {
        const auto& trial = trials_[i];
        const double offset = trial.offset_s();
        const auto command = commands_of(i);
        const auto edges = screen_changes(trial);
        const bool has_freeze = version_ >= with_hide_stim;
        const bool is_no_go = trial.visited("no_go");
        const auto first_after = [&](double time) {
            const auto found = std::ranges::upper_bound(edges, time);
            return std::isnan(time) || found == edges.end() ? nan : *found;
        };
        // Without an answer nothing freezes, and the onset is not looked for.
        double limit = has_freeze ? command.freeze : command.off;
        if (options_.has_older_stim_on && version_ < with_play_tone)
            limit = std::numeric_limits<double>::infinity();
        double on = first_after(command.on);
        if (!(on < limit)) on = nan;
        double freeze = nan;
        if (!is_no_go && !std::isnan(command.off)) {
            for (const double edge : edges) {
                if (has_freeze ? edge > command.freeze && edge < command.off : edge <= command.off)
                    freeze = edge;
            }
        }
        out_.stim_on_trigger_s.push_back(command.on + offset);
        out_.stim_off_trigger_s.push_back(command.off + offset);
        out_.stim_freeze_trigger_s.push_back(command.freeze + offset);
        out_.stim_on_s.push_back(on + offset);
        out_.stim_off_s.push_back(first_after(command.off) + offset);
        out_.stim_freeze_s.push_back(freeze + offset);
    }

    void add_conditions(std::size_t i) {
        const auto& trial = trials_[i];
        double position = trial.position;
        double contrast = trial.contrast;
        double probability = trial.probability_left;
        double quiescence = trial.quiescence_s;
        double phase = trial.phase;
        if (const auto* drawn = options_.pregenerated) {
            position = drawn->position[i];
            contrast = drawn->contrast[i];
            probability = drawn->probability_left[i];
            quiescence = drawn->quiescence_s[i];
            phase = drawn->phase[i];
        }
        const double side = sign_of(position);
        const bool is_right_answer =
            trial.is_correct.value_or(trial.visited("correct") || trial.visited("omit_correct"));
        const bool is_no_go = trial.visited("no_go") || trial.visited("omit_no_go");
        // Adding zero turns -0 into 0.
        out_.choice.push_back(is_no_go ? 0.0 : (is_right_answer ? -side : side) + 0.0);
        out_.contrast_left.push_back(side < 0.0 ? contrast : nan);
        out_.contrast_right.push_back(side > 0.0 ? contrast : nan);
        out_.probability_left.push_back(probability);
        out_.reward_ul.push_back(is_right_answer ? trial.reward_ul : 0.0);
        const double repeats = out_.rep_num.empty() ? 0.0 : out_.rep_num.back();
        out_.rep_num.push_back(trial.is_repeat ? repeats + 1.0 : 0.0);
        const bool is_disengaged = options_.has_included && version_ >= with_play_tone &&
                                   options_.disengaged_trial &&
                                   static_cast<double>(i) >= *options_.disengaged_trial - 1.0;
        out_.included.push_back(is_disengaged ? 0.0 : 1.0);
        out_.quiescence_s.push_back(quiescence);
        out_.phase.push_back(phase);
        out_.position.push_back(position);
        const double no_pause = version_ < with_pauses ? 0.0 : nan;
        out_.pause_s.push_back(std::isnan(trial.pause_s) ? no_pause : trial.pause_s);
    }

    std::span<const RigTrial> trials_;
    const ExtractionOptions& options_;
    const RigVersion version_;
    ExtractedTrials out_;
};

}  // namespace

ExtractedTrials extract_trials(std::span<const RigTrial> trials, const ExtractionOptions& options) {
    return TrialExtractor(trials, options).run();
}

}  // namespace tb::rig
