// What a trial of change detection was, and which answers exclude each other.
#pragma once

#include <span>
#include <string_view>

namespace tb::allen {

/// What a trial's log says.
struct TrialEvents {
    bool is_hit = false;  ///< an event of that name, as the next two
    bool is_miss = false;
    bool is_false_alarm = false;
    bool is_aborted = false;
    bool is_catch = false;        ///< what the trial was drawn to be
    bool is_auto_reward = false;  ///< the same
};

struct TrialClass {
    bool is_go = false;
    bool is_catch = false;
    bool is_auto_rewarded = false;
    bool is_aborted = false;
    bool is_hit = false;
    bool is_miss = false;
    bool is_false_alarm = false;
    bool is_correct_reject = false;
};

/// Abort stands before all, the automatic reward before what the mouse did. Not checked.
/// Source: spec/change_detection.md, section 8.
[[nodiscard]] TrialClass classify_trial(const TrialEvents& events);

/// Exactly one of hit, miss, false alarm, correct reject, auto-rewarded, aborted must hold, and at
/// most one of go, catch, auto-rewarded (none when aborted).
/// @param where  "<file>: trial 3", for the message
/// @throws tb::Error (data, TrialClass) saying what holds
void check_trial_class(const TrialClass& trial, std::string_view where);

/// True for a training session with trials and without any automatic reward, which such sessions
/// begin with. Source: spec/known_troubles.md, 1.
/// @param is_auto_rewarded  of the trials, 0 or 1
[[nodiscard]] bool lacks_auto_rewards(std::string_view session_type,
                                      std::span<const double> is_auto_rewarded);

/// First lick minus change [s]: +infinity without a lick, NaN when aborted. It may lie before the
/// response window, and before the change. Source: the same.
/// @param first_lick_s  NaN without a lick
[[nodiscard]] double response_latency_s(bool is_aborted, double first_lick_s, double change_s);

}  // namespace tb::allen
