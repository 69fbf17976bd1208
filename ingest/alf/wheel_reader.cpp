#include "ingest/alf/wheel_reader.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/number_column.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace tb::alf {
namespace {

/// A wheel or spout that is sampled or touched less often than this is on another clock.
constexpr double longest_step_s = 1000.0;
constexpr double wheel_diameter_cm = 6.2;  // spec/ibl_behavior.md, 7.1

/// First and last time of the session's trials; nothing without.
std::optional<double> span_of_trials(const ChoiceTrials& trials) {
    double first = std::numeric_limits<double>::infinity();
    double last = -first;
    for (const auto* times : {&trials.start_s, &trials.end_s, &trials.stim_on_s, &trials.response_s,
                              &trials.feedback_s}) {
        for (const double time : *times) {
            if (std::isnan(time)) continue;
            first = std::min(first, time);
            last = std::max(last, time);
        }
    }
    if (!(last > first)) return std::nullopt;
    return last - first;
}

class WheelReader {
  public:
    WheelReader(SessionFiles& files, std::span<const TaskPart> parts)
        : files_(files), session_(files.session()), parts_(parts) {
        for (const auto& part : parts_)
            if (part.offset_s != 0.0) is_moved_ = true;
        span_ = span_of_trials(session_.trials);
    }

    void run() {
        std::vector<TaskPart> all(parts_.begin(), parts_.end());
        const bool is_single = all.size() < 2;
        if (is_single) all.assign(1, TaskPart{});
        for (const auto& part : all) {
            const auto collection =
                is_single ? std::nullopt : std::optional<std::string>(part.collection);
            read_wheel(collection, part.offset_s);
            read_moves(collection, part.offset_s);
            read_licks(collection, part.offset_s);
        }
        // A wheel beside the tasks, on the session's clock, where the tasks have none.
        if (!is_single && !session_.wheel) read_wheel(std::nullopt, 0.0);
        summarize_wheel(files_);
    }

  private:
    void issue(const char* type, std::string dataset, std::string message) {
        files_.issue(type, std::move(dataset), std::move(message));
    }

    /// Times in seconds: types of times converted, other units told by how long the session is.
    void to_session_clock(NumberColumn& times, const std::string& dataset) {
        to_seconds(times);
        if (times.is_time) return;
        double first = nan;
        double last = nan;
        for (const double time : times.values) {
            if (!std::isfinite(time)) continue;
            if (std::isnan(first)) first = time;
            last = time;
        }
        double units = units_per_second(median_step(times.values), longest_step_s);
        // Trials and wheel are of one session: a span hundreds of times as long is another unit.
        if (units == 1.0 && span_ && !is_moved_ && *span_ >= 60.0) {
            const double ratio = std::abs(last - first) / *span_;
            for (const double candidate : {1e3, 1e6, 1e9}) {
                if (ratio > 0.3 * candidate && ratio < 30.0 * candidate) units = candidate;
            }
        }
        if (units == 1.0) return;
        for (double& time : times.values) time /= units;
        issue("UnitConverted", dataset,
              std::string("the times are ") + unit_name(units) + "; converted to seconds");
    }

    void read_wheel(const std::optional<std::string>& collection, double offset_s) {
        const auto* position_file = files_.find_array("wheel", {"position"}, collection);
        const auto* times_file = files_.find_array("wheel", {"timestamps", "times"}, collection);
        if (position_file == nullptr && times_file == nullptr) return;
        if (position_file == nullptr || times_file == nullptr) {
            issue("MissingDataset", position_file ? "wheel.timestamps" : "wheel.position",
                  "the session has no such dataset though it has its partner");
            return;
        }
        const auto position_array = files_.read_array(position_file);
        const auto times_array = files_.read_array(times_file);
        if (!position_array || !times_array) return;
        try {
            if (!add_wheel(*position_array, *times_array, offset_s)) return;
            auto& wheel = *session_.wheel;
            if (wheel.position_file.empty()) {
                wheel.position_file = files_.path_of(*position_file);
                wheel.timestamps_file = files_.path_of(*times_file);
            }
            files_.mark_used(position_file->member);
            files_.mark_used(times_file->member);
        } catch (const Error& error) {
            issue("UnreadableDataset", "wheel.position", error.what());
        }
    }

    bool add_wheel(const formats::NpyArray& position_array, const formats::NpyArray& times_array,
                   double offset_s) {
        if (std::max(position_array.size(), times_array.size()) > most_wheel_samples) {
            throw Error(ErrorKind::data,
                        std::to_string(std::max(position_array.size(), times_array.size())) +
                            " samples, more than a session can have (" +
                            std::to_string(most_wheel_samples) + ")");
        }
        auto position = vector_of(position_array);
        if (position.is_integer || position.is_boolean || position.is_time) {
            throw Error(ErrorKind::data, "positions of type " + position.type +
                                             " are counts of an encoder whose resolution is not "
                                             "known, expected radians");
        }
        const auto& shape = times_array.shape;
        const bool are_anchors = shape.size() == 2 && shape[0] >= 2 && shape[1] == 2;
        NumberColumn times;
        if (are_anchors) {
            times.values = expand_timestamps(times_array.as_doubles(), position.values.size());
        } else {
            times = vector_of(times_array);
        }
        if (times.values.size() != position.values.size()) {
            issue("LengthMismatch", "wheel.timestamps",
                  std::to_string(times.values.size()) + " times for " +
                      std::to_string(position.values.size()) +
                      " positions; the wheel was left out");
            return false;
        }
        to_session_clock(times, "wheel.timestamps");
        std::size_t missing = 0;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < times.values.size(); ++i) {
            if (!std::isfinite(times.values[i]) || !std::isfinite(position.values[i])) {
                ++missing;
                continue;
            }
            times.values[kept] = times.values[i] + offset_s;
            position.values[kept++] = position.values[i];
        }
        if (missing * 2 > times.values.size()) {
            throw Error(ErrorKind::data,
                        std::to_string(missing) + " of " + std::to_string(times.values.size()) +
                            " samples lack time or position; the wheel was left out");
        }
        if (missing > 0) {
            issue("NotFinite", "wheel.timestamps",
                  std::to_string(missing) + " of " + std::to_string(times.values.size()) +
                      " samples without time or position left out");
        }
        times.values.resize(kept);
        position.values.resize(kept);
        if (kept == 0) throw Error(ErrorKind::data, "the wheel has no sample");
        to_radians(position.values);
        if (!session_.wheel) session_.wheel.emplace();
        auto& wheel = *session_.wheel;
        wheel.timestamps_are_anchors = are_anchors;
        wheel.time_s.insert(wheel.time_s.end(), times.values.begin(), times.values.end());
        wheel.position.insert(wheel.position.end(), position.values.begin(), position.values.end());
        return true;
    }

    void to_radians(std::vector<double>& position) {
        const auto unit = unit_of_positions(position);
        if (!unit.is_known) {
            issue("UnitUnknown", "wheel.position",
                  std::to_string(unit.n_steps) + " of " + std::to_string(position.size()) +
                      " positions differ from the one before, expected at least " +
                      std::to_string(least_wheel_steps) +
                      ": the unit cannot be told; values kept as if they were radians");
            return;
        }
        if (unit.per_radian == 1.0) return;
        for (double& value : position) value /= unit.per_radian;
        per_radian_ = unit.per_radian;
        issue("UnitConverted", "wheel.position",
              std::string("the positions are ") + unit.name +
                  (unit.per_radian == wheel_diameter_cm / 2.0 ? " (radius 3.1 cm)" : "") +
                  ", as the encoder's steps show; converted to radians");
    }

    void read_moves(const std::optional<std::string>& collection, double offset_s) {
        const auto* intervals_file = files_.find_array("wheelMoves", {"intervals"}, collection);
        const auto intervals = files_.read_array(intervals_file);
        if (!intervals) return;
        try {
            if (intervals->size() > 2 * most_wheel_moves)
                throw Error(ErrorKind::data, "more movements than a session can have");
            auto pairs = pairs_of(*intervals);
            to_session_clock(pairs.first, "wheelMoves.intervals");
            to_session_clock(pairs.second, "wheelMoves.intervals");
            WheelMoves moves;
            moves.onset_s = std::move(pairs.first.values);
            moves.offset_s = std::move(pairs.second.values);
            for (auto* times : {&moves.onset_s, &moves.offset_s})
                for (double& time : *times) time = std::isfinite(time) ? time + offset_s : nan;
            files_.mark_used(intervals_file->member);
            read_amplitudes(collection, moves);
            if (!session_.wheel_moves) {
                session_.wheel_moves = std::move(moves);
                return;
            }
            auto& all = *session_.wheel_moves;
            all.peak_amplitude.resize(all.onset_s.size(), nan);
            moves.peak_amplitude.resize(moves.onset_s.size(), nan);
            const auto append = [](std::vector<double>& to, const std::vector<double>& more) {
                to.insert(to.end(), more.begin(), more.end());
            };
            append(all.onset_s, moves.onset_s);
            append(all.offset_s, moves.offset_s);
            append(all.peak_amplitude, moves.peak_amplitude);
        } catch (const Error& error) {
            issue("UnreadableDataset", "wheelMoves.intervals", error.what());
        }
    }

    void read_amplitudes(const std::optional<std::string>& collection, WheelMoves& moves) {
        const auto* file = files_.find_array("wheelMoves", {"peakAmplitude"}, collection);
        const auto amplitude = files_.read_array(file);
        if (!amplitude) return;
        auto values = amplitude->as_doubles();
        if (values.size() != moves.onset_s.size()) {
            issue("LengthMismatch", "wheelMoves.peakAmplitude",
                  std::to_string(values.size()) + " values for " +
                      std::to_string(moves.onset_s.size()) + " movements; left out");
            return;
        }
        for (double& value : values) value = std::isfinite(value) ? value / per_radian_ : nan;
        moves.peak_amplitude = std::move(values);
        files_.mark_used(file->member);
    }

    void read_licks(const std::optional<std::string>& collection, double offset_s) {
        const auto* file = files_.find_array("licks", {"times", "timestamps"}, collection);
        const auto licks = files_.read_array(file);
        if (!licks) return;
        try {
            if (licks->size() > most_licks) {
                throw Error(ErrorKind::data, std::to_string(licks->size()) +
                                                 " licks, more than a session can have (" +
                                                 std::to_string(most_licks) + ")");
            }
            auto times = vector_of(*licks);
            to_session_clock(times, "licks.times");
            const auto missing =
                std::erase_if(times.values, [](double time) { return !std::isfinite(time); });
            if (missing > 0) {
                issue("NotFinite", "licks.times",
                      std::to_string(missing) + " licks without a time left out");
            }
            for (const double time : times.values) session_.lick_s.push_back(time + offset_s);
            files_.mark_used(file->member);
        } catch (const Error& error) {
            issue("UnreadableDataset", "licks.times", error.what());
        }
    }

    SessionFiles& files_;
    ChoiceSession& session_;
    std::span<const TaskPart> parts_;
    std::optional<double> span_;
    bool is_moved_ = false;
    double per_radian_ = 1.0;  ///< unit that the positions had
};

/// Share of the steps that are whole multiples of one encoder step.
double share_on_grid(std::span<const double> steps, double encoder_step) {
    std::size_t on_grid = 0;
    for (const double step : steps) {
        const double count = step / encoder_step;
        const double whole = std::round(count);
        if (whole >= 1.0 && std::abs(count - whole) < 0.02) ++on_grid;
    }
    return static_cast<double>(on_grid) / static_cast<double>(steps.size());
}

}  // namespace

WheelUnit unit_of_positions(std::span<const double> position) {
    constexpr double longest_step = 8.0;  // of encoder steps; longer ones fit any grid
    std::vector<double> steps;
    for (std::size_t i = 1; i < position.size(); ++i) {
        const double step = std::abs(position[i] - position[i - 1]);
        if (step > 1e-9) steps.push_back(step);
    }
    WheelUnit radians;
    radians.n_steps = steps.size();
    radians.is_known = steps.size() >= least_wheel_steps;
    if (!radians.is_known) return radians;
    const auto best_share = [&](double turn) {
        double best = 0.0;
        for (const int resolution : {1024, 2048, 4096}) {
            const double encoder_step = turn / resolution;
            std::vector<double> shorter;
            for (const double step : steps)
                if (step < longest_step * encoder_step) shorter.push_back(step);
            // A grid that most steps leave behind tells nothing.
            if (shorter.size() * 2 < steps.size()) continue;
            best = std::max(best, share_on_grid(shorter, encoder_step));
        }
        return best;
    };
    if (best_share(2.0 * std::numbers::pi) > 0.5) return radians;
    for (auto [unit, turn] :
         {std::pair{WheelUnit{"cm", wheel_diameter_cm / 2.0}, wheel_diameter_cm * std::numbers::pi},
          std::pair{WheelUnit{"degrees", 180.0 / std::numbers::pi}, 360.0}}) {
        unit.n_steps = steps.size();
        if (best_share(turn) > 0.95) return unit;
    }
    return radians;
}

void summarize_wheel(SessionFiles& files) {
    auto& session = files.session();
    if (!session.wheel) return;
    auto& wheel = *session.wheel;
    const auto& times = wheel.time_s;
    const auto& position = wheel.position;
    wheel.samples = static_cast<std::int64_t>(position.size());
    wheel.first_s = times.front();
    wheel.last_s = times.back();
    wheel.first_position = position.front();
    wheel.last_position = position.back();
    std::size_t back = 0;
    std::size_t first_back = 0;
    for (std::size_t i = 1; i < times.size(); ++i) {
        if (times[i] < times[i - 1] && back++ == 0) first_back = i;
        wheel.travelled += std::abs(position[i] - position[i - 1]);
    }
    const double step = median_step(times);
    wheel.sampling_hz = step > 0.0 ? 1.0 / step : nan;
    if (back > 0) {
        files.issue("NotAscending", "wheel.timestamps",
                    "the times of the wheel step back " + std::to_string(back) +
                        " times, first at sample " + std::to_string(first_back));
    }
    if (!files.options().keep_every_wheel && !files.has_photometry()) {
        wheel.time_s = {};
        wheel.position = {};
    }
}

void flag_wheel_direction(SessionFiles& files) {
    const auto& session = files.session();
    const auto& trials = session.trials;
    if (!session.wheel_moves || trials.choice.empty() || trials.signed_contrast.empty()) return;
    const auto& moves = *session.wheel_moves;
    if (moves.peak_amplitude.size() != moves.onset_s.size()) return;
    if (!std::ranges::is_sorted(moves.onset_s)) return;  // false for a missing time, too
    constexpr double least_contrast = 0.25;
    constexpr std::size_t least_evidence = 10;
    const auto first_of = [](std::size_t i, auto... columns) {
        double found = nan;
        ((found = std::isnan(found) && !columns->empty() ? (*columns)[i] : found), ...);
        return found;
    };
    std::size_t seen = 0;
    std::size_t against = 0;
    for (std::size_t i = 0; i < trials.count; ++i) {
        if (!(std::abs(trials.signed_contrast[i]) >= least_contrast) || !(trials.choice[i] != 0.0))
            continue;
        const double begin = first_of(i, &trials.stim_on_s, &trials.go_cue_s, &trials.start_s);
        const double end = first_of(i, &trials.response_s, &trials.feedback_s);
        const auto after = std::ranges::lower_bound(moves.onset_s, end);
        if (after == moves.onset_s.begin() || !(*std::prev(after) >= begin)) continue;
        const auto last = static_cast<std::size_t>(after - moves.onset_s.begin()) - 1;
        // Counter-clockwise is positive, and the direction of choice -1.
        const double agreement = -moves.peak_amplitude[last] * trials.choice[i];
        if (std::isnan(agreement) || agreement == 0.0) continue;
        ++seen;
        against += agreement < 0.0 ? 1 : 0;
    }
    if (seen < least_evidence || against * 2 <= seen) return;
    files.issue("WheelDirection", "wheel.position",
                "the last movement goes against the choice in " + std::to_string(against) + " of " +
                    std::to_string(seen) +
                    " trials with a contrast of at least 0.25: is the wheel turned the wrong way? "
                    "Values kept");
}

void read_wheel_and_licks(SessionFiles& files, std::span<const TaskPart> parts) {
    WheelReader(files, parts).run();
}

}  // namespace tb::alf
