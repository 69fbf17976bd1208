// Trials as the rig's state machine wrote them: `_iblrig_taskData.raw.jsonable`, one JSON object
// per trial and line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tb::rig {

/// No session of an animal has more trials, or a trial more visits to a state.
inline constexpr std::size_t most_trials = 20'000;
inline constexpr std::size_t most_visits = 100'000;

/// One line. Numbers that are absent, null or NaN are NaN. Times of states and events are seconds
/// from the trial's start, as written.
struct RigTrial {
    std::optional<std::int64_t> trial_num;                       ///< from 1; rig 8: from 0
    double position = std::numeric_limits<double>::quiet_NaN();  ///< -35 left, 35 right [degrees]
    double contrast = std::numeric_limits<double>::quiet_NaN();  ///< 0..1
    bool is_repeat = false;  ///< of a trial that was answered wrongly
    double probability_left = std::numeric_limits<double>::quiet_NaN();
    double phase = std::numeric_limits<double>::quiet_NaN();
    double quiescence_s = std::numeric_limits<double>::quiet_NaN();
    double reward_ul = std::numeric_limits<double>::quiet_NaN();  ///< that a right answer gets
    double pause_s = std::numeric_limits<double>::quiet_NaN();
    std::optional<bool> is_correct;
    double n_correct = std::numeric_limits<double>::quiet_NaN();  ///< so far
    double water_ul = std::numeric_limits<double>::quiet_NaN();   ///< so far
    double bpod_start_s = 0.0;  ///< on the state machine's clock, as the trial's start and end
    double start_s = 0.0;
    double end_s = 0.0;
    /// Visits of each state (begin, end); NaN of a state that was not visited is left out.
    std::map<std::string, std::vector<std::pair<double, double>>, std::less<>> states;
    std::map<std::string, std::vector<double>, std::less<>> events;

    [[nodiscard]] bool visited(std::string_view state) const;
    /// Begin and end of the first visit; NaN where there was none.
    [[nodiscard]] double begin_of(std::string_view state) const;
    [[nodiscard]] double end_of(std::string_view state) const;
    /// The first time of an event; NaN without.
    [[nodiscard]] double first_of(std::string_view event) const;
    /// What moves a time of this trial onto the session's clock [s].
    [[nodiscard]] double offset_s() const { return start_s - bpod_start_s; }
};

/// @param name  of the file, for messages
/// @throws tb::Error (data, MissingRawData) for a file without a line; (data) with file and line
/// for a line that is no JSON object (a torn last one: the hint says so), lacks the state machine's
/// times or holds a value of another type; (data) for more trials or visits than there can be
/// Source: spec/ibl_behavior.md, 12.1.
[[nodiscard]] std::vector<RigTrial> parse_task_data(std::string_view text, std::string_view name);

/// What the last lines count: for the session's record (12.4).
struct TaskTotals {
    std::size_t n_lines = 0;
    std::optional<std::int64_t> n_trials;  ///< as the last trial_num says; must be n_lines
    std::int64_t n_correct = 0;
    double water_ul = 0.0;    ///< delivered
    double duration_s = 0.0;  ///< start of the session's clock to the end of its last trial
};
[[nodiscard]] TaskTotals task_totals(const std::vector<RigTrial>& trials);

}  // namespace tb::rig
