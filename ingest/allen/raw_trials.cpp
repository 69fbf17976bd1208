#include "ingest/allen/raw_trials.hpp"

#include "ingest/allen/trial_class.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace tb::allen {

namespace {

/// First event of each name in a trial: its frame. (Of names with "enter" and "exit" the first.)
std::map<std::string, std::int64_t> events_of(const LogNode& trial) {
    std::map<std::string, std::int64_t> events;
    const LogNode list = trial.at("events");
    const std::size_t n = list.size();
    for (std::size_t i = 0; i < n; ++i) {
        const LogNode event = list.at(i);
        events.emplace(event.at(0).text(), event.at(3).integer());
    }
    return events;
}

/// Frame of the last event of that name, which is the one that counts where one is logged twice.
std::optional<std::int64_t> frame_of(const LogNode& trial, std::string_view name) {
    std::optional<std::int64_t> frame;
    const LogNode list = trial.at("events");
    const std::size_t n = list.size();
    for (std::size_t i = 0; i < n; ++i) {
        const LogNode event = list.at(i);
        if (event.at(0).text() == name) frame = event.at(3).integer();
    }
    return frame;
}

bool parameter(const LogNode& trial, const char* name) {
    const auto value = trial.at("trial_params").find(name);
    return value && value->flag();
}

struct LoggedReward {
    double volume_ml = 0.0;
    std::int64_t frame = 0;
    double time_s = 0.0;
};

std::vector<LoggedReward> rewards_of(const LogNode& trial, const FrameTimes& times) {
    std::vector<LoggedReward> result;
    const auto list = trial.find("rewards");
    if (!list) return result;
    const std::size_t n = list->size();
    for (std::size_t i = 0; i < n; ++i) {
        const LogNode reward = list->at(i);
        const std::int64_t frame = reward.at(2).integer();
        result.push_back({reward.at(0).number(), frame, times.of(frame, reward)});
    }
    return result;
}

/// What was set last, over all stimuli, at or before a frame.
std::string image_at(const std::vector<StimulusLog>& stimuli, std::int64_t frame) {
    std::string name;
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    for (const StimulusLog& stimulus : stimuli) {
        for (const SetEntry& entry : stimulus.set_log) {
            if (entry.frame > frame || entry.frame < latest) continue;
            latest = entry.frame;
            name = entry.name;
        }
    }
    return name;
}

/// A side of a stimulus change, [set, name]: sets of gratings are named by their direction.
std::string changed_name(const LogNode& side) {
    const LogNode name = side.at(1);
    const LogNode set = side.at(0);
    const bool is_grating =
        set.value().is_string() && (set.text() == "horizontal" || set.text() == "vertical");
    return is_grating || name.value().is_number() ? grating_name(name) : name.text();
}

/// Equal names; gratings of equal orientation, however their number is written.
bool is_same_image(const std::string& a, const std::string& b) {
    constexpr std::string_view prefix = "gratings_";
    if (!a.starts_with(prefix) || !b.starts_with(prefix)) return a == b;
    const auto number = [&](const std::string& name) {
        try {
            return std::stod(name.substr(prefix.size()));
        } catch (const std::exception&) {
            return nan;  // no orientation: equal to nothing but itself
        }
    };
    return a == b || number(a) == number(b);
}

/// Frame after which licks belong to no trial: where the movie begins.
std::optional<std::int64_t> movie_start(const LogNode& behavior) {
    const auto items = behavior.find("items");
    if (!items) return std::nullopt;
    const auto movie = items->find("fingerprint");
    if (!movie) return std::nullopt;
    const auto frame = movie->find("starting_frame");
    if (!frame) return std::nullopt;
    return frame->integer();
}

/// Reads one trial after another into the columns.
class RawTrialsReader {
  public:
    RawTrialsReader(const LogNode& behavior, const FrameTimes& times,
                    const std::vector<StimulusLog>& stimuli, const ChangeLicks& licks,
                    double monitor_delay_s, std::vector<SessionIssue>& issues)
        : list_(behavior.at("trial_log")),
          bounds_(trial_bounds(behavior)),
          movie_start_(movie_start(behavior)),
          times_(times),
          stimuli_(stimuli),
          licks_(licks),
          monitor_delay_s_(monitor_delay_s),
          issues_(issues) {
        for (std::size_t i = 0; i < bounds_.size(); ++i) {
            for (const LoggedReward& reward : rewards_of(list_.at(i), times))
                rewards_.push_back(reward.time_s);
        }
        std::ranges::sort(rewards_);
    }

    [[nodiscard]] ChangeTrials read() {
        out_.count = bounds_.size();
        for (std::size_t i = 0; i < bounds_.size(); ++i) read_trial(i);
        return std::move(out_);
    }

  private:
    void read_trial(std::size_t i) {
        const LogNode trial = list_.at(i);
        const auto events = events_of(trial);
        const TrialClass kind = classify_trial({.is_hit = events.contains("hit"),
                                                .is_miss = events.contains("miss"),
                                                .is_false_alarm = events.contains("false_alarm"),
                                                .is_aborted = events.contains("abort"),
                                                .is_catch = parameter(trial, "catch"),
                                                .is_auto_reward = parameter(trial, "auto_reward")});
        check_trial_class(kind, fmt::format("{}: trial {}", trial.log(), i));
        push_class(kind);
        out_.is_change.push_back(events.contains("stimulus_changed") ? 1.0 : 0.0);
        push_times(i, trial);
        push_change(i, trial, kind);
        push_licks(i, kind);
        push_rewards(i, trial);
        push_images(i, trial);
    }

    void push_class(const TrialClass& kind) {
        const auto push = [](std::vector<double>& column, bool is_so) {
            column.push_back(is_so ? 1.0 : 0.0);
        };
        push(out_.is_go, kind.is_go);
        push(out_.is_catch, kind.is_catch);
        push(out_.is_auto_rewarded, kind.is_auto_rewarded);
        push(out_.is_aborted, kind.is_aborted);
        push(out_.is_hit, kind.is_hit);
        push(out_.is_miss, kind.is_miss);
        push(out_.is_false_alarm, kind.is_false_alarm);
        push(out_.is_correct_reject, kind.is_correct_reject);
    }

    void push_times(std::size_t i, const LogNode& trial) {
        const double start_s = times_.of(bounds_[i].start_frame, trial);
        const auto end_frame = frame_of(trial, "trial_end");
        double stop_s = nan;
        if (end_frame) {
            stop_s = times_.of(*end_frame, trial);
        } else {
            issues_.push_back(
                {"MissingTrialEnd", trial.path(),
                 fmt::format("trial {} has no trial_end event: its stop is not known", i)});
        }
        out_.start_s.push_back(start_s);
        out_.stop_s.push_back(stop_s);
        out_.length_s.push_back(stop_s - start_s);
    }

    void push_change(std::size_t i, const LogNode& trial, const TrialClass& kind) {
        double frame = nan;
        double time_s = nan;
        if (!kind.is_aborted) {
            const char* event = kind.is_catch ? "sham_change" : "stimulus_changed";
            const auto changed = frame_of(trial, event);
            if (!changed) {
                trial.fail("ChangeEvent", fmt::format("trial {} is {} but has no {} event", i,
                                                      kind.is_catch           ? "a catch trial"
                                                      : kind.is_auto_rewarded ? "auto-rewarded"
                                                                              : "a go trial",
                                                      event));
            }
            frame = static_cast<double>(*changed);
            time_s = times_.of(*changed, trial);
        }
        out_.change_frame.push_back(frame);
        out_.change_time_no_display_delay_s.push_back(time_s);
        out_.change_time_s.push_back(time_s + monitor_delay_s_);
    }

    void push_licks(std::size_t i, const TrialClass& kind) {
        const std::int64_t end =
            bounds_[i].end_frame >= 0
                ? bounds_[i].end_frame
                : movie_start_.value_or(std::numeric_limits<std::int64_t>::max());
        std::vector<double> licks;
        for (std::size_t lick = 0; lick < licks_.frame.size(); ++lick) {
            if (licks_.frame[lick] > bounds_[i].start_frame && licks_.frame[lick] <= end)
                licks.push_back(licks_.time_s[lick]);
        }
        const double first_s = licks.empty() ? nan : licks.front();
        out_.lick_s.push_back(licks);
        out_.response_time_s.push_back(kind.is_aborted ? nan : first_s);
        out_.response_latency_s.push_back(
            response_latency_s(kind.is_aborted, first_s, out_.change_time_s[i]));
    }

    void push_rewards(std::size_t i, const LogNode& trial) {
        double volume_ml = 0.0;
        for (const LoggedReward& reward : rewards_of(trial, times_)) volume_ml += reward.volume_ml;
        // A trial that does not end ends where the next one begins.
        double stop_s = out_.stop_s[i];
        if (std::isnan(stop_s)) {
            stop_s = bounds_[i].end_frame >= 0 ? times_.of(bounds_[i].end_frame, trial)
                                               : times_.all().back();
        }
        const auto first = std::ranges::lower_bound(rewards_, out_.start_s[i]);
        const auto last = std::upper_bound(first, rewards_.end(), stop_s);
        if (last - first > 1) {
            trial.fail("TrialRewards",
                       fmt::format("trial {} has {} rewards between its start and stop, at {} and "
                                   "{} s: expected at most one",
                                   i, last - first, *first, *(first + 1)));
        }
        out_.reward_time_s.push_back(first == last ? nan : *first);
        out_.reward_volume_ml.push_back(volume_ml);
    }

    void push_images(std::size_t i, const LogNode& trial) {
        const std::string initial =
            image_at(stimuli_, trial.at("events").at(std::size_t{0}).at(3).integer());
        std::string changed = initial;
        const auto changes = trial.find("stimulus_changes");
        if (changes && changes->size() > 0) {
            const LogNode change = changes->at(0);
            const std::string from = changed_name(change.at(0));
            changed = changed_name(change.at(1));
            if (!is_same_image(from, initial)) {
                change.fail("InitialImage",
                            fmt::format("trial {} changes from {}, but {} was set when it began", i,
                                        from, initial.empty() ? "nothing" : initial));
            }
        }
        out_.initial_image_name.push_back(initial);
        out_.change_image_name.push_back(changed);
    }

    LogNode list_;
    std::vector<TrialBounds> bounds_;
    std::optional<std::int64_t> movie_start_;
    const FrameTimes& times_;
    const std::vector<StimulusLog>& stimuli_;
    const ChangeLicks& licks_;
    double monitor_delay_s_;
    std::vector<SessionIssue>& issues_;
    std::vector<double> rewards_;  // times of all, ascending
    ChangeTrials out_;
};

}  // namespace

std::vector<TrialBounds> trial_bounds(const LogNode& behavior) {
    const LogNode list = behavior.at("trial_log");
    const std::size_t n = list.size();
    std::vector<TrialBounds> bounds;
    for (std::size_t i = 0; i < n; ++i) {
        const LogNode trial = list.at(i);
        const auto start = frame_of(trial, "trial_start");
        if (!start) trial.fail("TrialStart", fmt::format("trial {} has no trial_start event", i));
        if (i > 0) {
            if (*start < bounds.back().start_frame) {
                trial.fail("TrialOrder",
                           fmt::format("trial {} starts at frame {}, before the trial before it at "
                                       "frame {}",
                                       i, *start, bounds.back().start_frame));
            }
            bounds.back().end_frame = *start;
        }
        bounds.push_back({*start, -1});
    }
    return bounds;
}

ChangeRewards read_rewards(const LogNode& behavior, const FrameTimes& times) {
    ChangeRewards rewards;
    const LogNode list = behavior.at("trial_log");
    const std::size_t n = list.size();
    for (std::size_t i = 0; i < n; ++i) {
        const LogNode trial = list.at(i);
        const std::vector<LoggedReward> logged = rewards_of(trial, times);
        if (logged.empty()) continue;
        rewards.volume_ml.push_back(logged.front().volume_ml);
        rewards.time_s.push_back(logged.front().time_s);
        rewards.is_auto_rewarded.push_back(parameter(trial, "auto_reward") ? 1.0 : 0.0);
    }
    return rewards;
}

ChangeTrials read_trials(const LogNode& behavior, const FrameTimes& times,
                         const std::vector<StimulusLog>& stimuli, const ChangeLicks& licks,
                         double monitor_delay_s, std::vector<SessionIssue>& issues) {
    return RawTrialsReader(behavior, times, stimuli, licks, monitor_delay_s, issues).read();
}

}  // namespace tb::allen
