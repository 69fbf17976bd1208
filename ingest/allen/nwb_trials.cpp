#include "ingest/allen/nwb_trials.hpp"

#include "ingest/allen/trial_class.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace tb::allen {

namespace {

constexpr double no_integer_cell = -99.0;
constexpr const char* table_path = "/intervals/trials";

/// What is read by name, and what the library or very old releases add.
constexpr std::array known_columns{"id",
                                   "start_time",
                                   "stop_time",
                                   "trial_length",
                                   "initial_image_name",
                                   "change_image_name",
                                   "is_change",
                                   "stimulus_change",
                                   "change_time",
                                   "change_time_no_display_delay",
                                   "change_frame",
                                   "go",
                                   "catch",
                                   "auto_rewarded",
                                   "aborted",
                                   "hit",
                                   "miss",
                                   "false_alarm",
                                   "correct_reject",
                                   "lick_times",
                                   "lick_events",
                                   "response_time",
                                   "response_latency",
                                   "reward_time",
                                   "reward_volume",
                                   "tags",
                                   "timeseries"};

class TrialsReader {
  public:
    explicit TrialsReader(const NwbSource& source)
        : source_(source),
          table_(source.file().require_table(table_path)),
          trials_(source.session().recording.trials) {}

    void read() {
        auto& t = trials_;
        t.count = table_.rows;
        t.start_s = numbers("start_time");
        t.stop_s = numbers("stop_time");
        t.length_s = numbers("trial_length");
        t.initial_image_name = names("initial_image_name");
        t.change_image_name = names("change_image_name");
        t.is_change =
            flags(table_.column("is_change") == nullptr ? "stimulus_change" : "is_change");
        t.change_time_s = numbers("change_time");
        if (table_.column("change_time_no_display_delay") != nullptr)
            t.change_time_no_display_delay_s = numbers("change_time_no_display_delay");
        t.change_frame = numbers("change_frame");
        for (double& frame : t.change_frame)
            if (frame == no_integer_cell) frame = nan;
        t.is_go = flags("go");
        t.is_catch = flags("catch");
        t.is_auto_rewarded = flags("auto_rewarded");
        t.is_aborted = flags("aborted");
        t.is_hit = flags("hit");
        t.is_miss = flags("miss");
        t.is_false_alarm = flags("false_alarm");
        t.is_correct_reject = flags("correct_reject");
        t.response_time_s = numbers("response_time");
        t.response_latency_s = numbers("response_latency");
        t.reward_time_s = numbers("reward_time");
        t.reward_volume_ml = numbers("reward_volume");
        check_order();
        read_licks();
        source_.attempt("Columns of trials that are not known here are left out.", [&] {
            const std::set<std::string, std::less<>> known(known_columns.begin(),
                                                           known_columns.end());
            source_.session().trial_extra = source_.extra_columns(table_, known);
        });
        for (std::size_t i = 0; i < t.count; ++i) check_trial(i);
        check_rewards();
    }

  private:
    [[noreturn]] void fail_trial(std::size_t trial, std::string_view column,
                                 const std::string& message, const std::string& type) const {
        source_.fail(fmt::format("{}/{}", table_path, column),
                     fmt::format("trial {}: {}", trial, message), type);
    }

    std::vector<double> numbers(const char* name) const {
        const auto column = source_.file().column(table_, name);
        if (column.width != 1 || !column.ends.empty())
            source_.fail(fmt::format("{}/{}", table_path, name), "expected one number a trial",
                         "ColumnLength");
        return column.numbers();
    }

    std::vector<double> flags(const char* name) const {
        auto values = numbers(name);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i] != 0.0 && values[i] != 1.0)
                fail_trial(i, name, fmt::format("{} is neither true nor false", values[i]),
                           "ValueType");
        }
        return values;
    }

    std::vector<std::string> names(const char* name) const {
        const auto column = source_.file().column(table_, name);
        const auto* texts = column.texts();
        if (texts == nullptr || !column.ends.empty())
            source_.fail(fmt::format("{}/{}", table_path, name), "expected one text a trial",
                         "ValueType");
        auto values = *texts;
        for (std::string& value : values)
            if (value == "N/A") value.clear();
        return values;
    }

    void check_order() const {
        const auto& t = trials_;
        for (std::size_t i = 0; i < t.count; ++i) {
            if (std::isnan(t.start_s[i])) fail_trial(i, "start_time", "has no start", "TrialStart");
            if (i > 0 && t.start_s[i] < t.start_s[i - 1])
                fail_trial(i, "start_time",
                           fmt::format("starts at {} s, before the one before it ({} s)",
                                       t.start_s[i], t.start_s[i - 1]),
                           "TrialOrder");
            if (t.stop_s[i] < t.start_s[i])
                fail_trial(i, "stop_time",
                           fmt::format("stops at {} s, before its start at {} s", t.stop_s[i],
                                       t.start_s[i]),
                           "TrialOrder");
        }
    }

    void read_licks() {
        const auto column = source_.file().column(table_, "lick_times");
        auto& licks = trials_.lick_s;
        const auto* texts = column.texts();
        if (texts != nullptr) {  // no lick in the whole session: one empty text
            const bool is_empty =
                std::ranges::all_of(*texts, [](const auto& text) { return text.empty(); }) &&
                (column.ends.empty() || column.ends.back().empty() ||
                 column.ends.back().back() == 0);
            if (!is_empty)
                source_.fail(fmt::format("{}/lick_times", table_path), "texts instead of times",
                             "ValueType");
            licks.end.assign(trials_.count, 0);
            return;
        }
        if (column.ends.empty()) {  // flattened: as many licks as trials
            licks_from_session();
            source_.issue("FlattenedLicks", fmt::format("{}/lick_times", table_path),
                          "lick times have no index: made anew from the session's licks");
            return;
        }
        licks.values = column.numbers();
        licks.end = column.ends.back();
        licks.values.resize(licks.end.empty() ? 0 : licks.end.back());
        for (std::size_t i = 0; i < licks.size(); ++i) {
            const auto row = licks.row(i);
            if (!std::ranges::is_sorted(row))
                fail_trial(i, "lick_times", "lick times decrease", "TimeOrder");
        }
    }

    /// start < lick <= the next trial's start; the last trial ends where the movie begins, if there
    /// is one. Frames are compared through their times.
    void licks_from_session() {
        const auto& all = source_.session().recording.licks.time_s;
        auto& licks = trials_.lick_s;
        for (std::size_t i = 0; i < trials_.count; ++i) {
            const auto from = std::ranges::upper_bound(all, trials_.start_s[i]);
            const auto to = i + 1 < trials_.count
                                ? std::ranges::upper_bound(all, trials_.start_s[i + 1])
                                : std::ranges::upper_bound(all, movie_start_s());
            licks.push_back(from < to ? std::span<const double>(from, to)
                                      : std::span<const double>());
        }
    }

    double movie_start_s() const {
        const auto* movie = source_.file().table("/intervals/natural_movie_one_presentations");
        if (movie == nullptr || movie->rows == 0 || movie->column("start_time") == nullptr)
            return std::numeric_limits<double>::infinity();
        const auto starts = source_.file().column(*movie, "start_time").numbers();
        return *std::ranges::min_element(starts);
    }

    void check_trial(std::size_t i) const {
        const auto& t = trials_;
        check_trial_class({t.is_go[i] == 1.0, t.is_catch[i] == 1.0, t.is_auto_rewarded[i] == 1.0,
                           t.is_aborted[i] == 1.0, t.is_hit[i] == 1.0, t.is_miss[i] == 1.0,
                           t.is_false_alarm[i] == 1.0, t.is_correct_reject[i] == 1.0},
                          fmt::format("{}: {}: trial {}", source_.name(), table_path, i));
        if (t.is_aborted[i] != 1.0 && std::isnan(t.change_time_s[i]))
            fail_trial(i, "change_time", "was not aborted and has no change", "ChangeEvent");
        if (t.change_frame[i] < 0)
            fail_trial(i, "change_frame",
                       fmt::format("frame {} is before the first", t.change_frame[i]),
                       "ChangeEvent");
    }

    void check_rewards() const {
        const auto& time_s = source_.session().recording.rewards.time_s;
        for (std::size_t i = 0; i < trials_.count; ++i) {
            const auto first = std::ranges::lower_bound(time_s, trials_.start_s[i]);
            const auto end = std::ranges::upper_bound(time_s, trials_.stop_s[i]);
            if (first < end && end - first > 1) {
                fail_trial(i, "reward_time",
                           fmt::format("{} rewards, at {} and {} s: expected one at most",
                                       end - first, *first, *(first + 1)),
                           "TrialRewards");
            }
        }
    }

    const NwbSource& source_;
    const nwb::Table& table_;
    ChangeTrials& trials_;
};

}  // namespace

void read_nwb_trials(const NwbSource& source) {
    TrialsReader(source).read();
}

}  // namespace tb::allen
