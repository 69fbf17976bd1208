#include "ingest/alf/raw_part.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/moment.hpp"
#include "ingest/alf/wheel_reader.hpp"
#include "ingest/rig/encoder_files.hpp"
#include "ingest/rig/wheel_extraction.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace tb::alf {
namespace {

constexpr rig::RigVersion with_play_tone{5, 0, 0};
constexpr rig::RigVersion rig_eight{8, 0, 0};
/// From then on ephys rigs write the probability of the left side as it is.
constexpr rig::RigVersion with_right_probability{8, 24, 0};
/// From then on training rigs draw the side of a contrast of zero.
constexpr rig::RigVersion with_drawn_zero_side{8, 29, 4};
/// Fewer trials than this show no contradiction.
constexpr std::size_t least_evidence = 10;
constexpr double same_clock_s = 0.005;

/// A trial column and where the extraction has it.
struct RawColumn {
    std::vector<double> ChoiceTrials::*to;
    std::vector<double> rig::ExtractedTrials::*from;
    bool is_time;
};
using C = ChoiceTrials;
using X = rig::ExtractedTrials;
constexpr std::array raw_columns{
    RawColumn{&C::start_s, &X::start_s, true},
    RawColumn{&C::end_s, &X::end_s, true},
    RawColumn{&C::stim_on_s, &X::stim_on_s, true},
    RawColumn{&C::stim_off_s, &X::stim_off_s, true},
    RawColumn{&C::stim_on_trigger_s, &X::stim_on_trigger_s, true},
    RawColumn{&C::stim_off_trigger_s, &X::stim_off_trigger_s, true},
    RawColumn{&C::stim_freeze_s, &X::stim_freeze_s, true},
    RawColumn{&C::go_cue_s, &X::go_cue_s, true},
    RawColumn{&C::go_cue_trigger_s, &X::go_cue_trigger_s, true},
    RawColumn{&C::response_s, &X::response_s, true},
    RawColumn{&C::feedback_s, &X::feedback_s, true},
    RawColumn{&C::contrast_left, &X::contrast_left, false},
    RawColumn{&C::contrast_right, &X::contrast_right, false},
    RawColumn{&C::probability_left, &X::probability_left, false},
    RawColumn{&C::choice, &X::choice, false},
    RawColumn{&C::feedback_type, &X::feedback_type, false},
    RawColumn{&C::reward_volume_ul, &X::reward_ul, false},
    RawColumn{&C::rep_num, &X::rep_num, false},
    RawColumn{&C::iti_s, &X::iti_s, false},
    RawColumn{&C::quiescence_s, &X::quiescence_s, false},
    RawColumn{&C::included, &X::included, false},
};

bool is_all_missing(const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double value) { return std::isnan(value); });
}

std::string dataset_of(std::vector<double> ChoiceTrials::*column) {
    for (const auto& info : trial_columns())
        if (info.values == column) return info.dataset;
    return {};
}

}  // namespace

RawSession::RawSession(SessionFiles& files, std::span<const TaskSettings> settings,
                       const TaskOrder& order)
    : files_(files), session_(files.session()), settings_(settings) {
    find_tasks(order);
}

void RawSession::find_tasks(const TaskOrder& order) {
    std::map<std::string, Task> found;
    for (const auto& dataset : files_.wanted()) {
        const auto& parts = dataset.parts;
        if (!is_raw_collection(parts.collection) || parts.file.attribute != "raw") continue;
        auto& task = found[parts.collection];
        task.collection = parts.collection;
        const auto& object = parts.file.object;
        if (object == "taskData") task.data = &dataset;
        if (object == "encoderPositions") task.positions = &dataset;
        if (object == "encoderEvents") task.events = &dataset;
    }
    const bool has_behavior =
        found.contains("raw_behavior_data") && found["raw_behavior_data"].data != nullptr;
    for (auto& [collection, task] : found) {
        if (task.data == nullptr) continue;
        if (has_behavior && collection != "raw_behavior_data") {
            files_.issue("DuplicateDataset", files_.path_of(*task.data),
                         "raw trials beside those of raw_behavior_data, which were taken");
            continue;
        }
        for (const auto& one : settings_)
            if (one.collection == collection) task.settings = &one;
        const bool has_names_of_2018 = task.data->parts.file.name_space == "ibl";
        task.version =
            rig::rig_version(task.settings != nullptr ? task.settings->rig_version : std::nullopt,
                             has_names_of_2018);
        tasks_.push_back(std::move(task));
    }
    std::ranges::sort(tasks_, [&](const Task& one, const Task& other) {
        return order.is_before(one.collection, other.collection);
    });
}

std::string RawSession::protocol_of(const Task& task) const {
    return task.settings != nullptr ? task.settings->protocol.value_or("") : std::string();
}

void RawSession::parse() {
    if (std::exchange(is_parsed_, true)) return;
    for (auto& task : tasks_) {
        const auto& file = files_.path_of(*task.data);
        try {
            parse(task);
            files_.mark_used(task.data->member);
        } catch (const Error& error) {
            std::string message = error.what();
            if (message.find(file) == std::string::npos) message.insert(0, file + ": ");
            if (!error.hint().empty()) message += " (" + error.hint() + ")";
            files_.issue("UnreadableDataset", file, std::move(message));
            task.lines.clear();
            task.trials = {};
        }
    }
}

void RawSession::parse(Task& task) {
    const auto& file = files_.path_of(*task.data);
    task.lines = rig::parse_task_data(formats::as_text(files_.bytes_of(task.data->member)), file);
    const auto protocol = protocol_of(task);
    if (!protocol.empty() && asks_no_choices(protocol)) return;
    rig::ExtractionOptions options;
    options.version = task.version;
    options.has_older_stim_on = true;
    options.has_included = protocol.find("training") == std::string::npos;
    if (task.settings != nullptr) options.disengaged_trial = task.settings->disengaged_trial;
    options.pregenerated = pregenerated_of(task);
    task.trials = rig::extract_trials(task.lines, options);
    flag(task);
}

/// Ephys rigs before version 8 ran a session that was drawn beforehand.
const rig::PregeneratedSession* RawSession::pregenerated_of(const Task& task) {
    const bool is_ephys = protocol_of(task).find("ephysChoiceWorld") != std::string::npos;
    if (!is_ephys || task.version >= rig_eight) return nullptr;
    const auto& file = files_.path_of(*task.data);
    const std::string own =
        "; position, contrast, probability, quiescence and phase are those of "
        "the trials' own lines";
    if (task.settings == nullptr || !task.settings->pregenerated) {
        files_.issue("PregeneratedSession", file,
                     "the settings do not tell which session drawn beforehand was run" + own);
        return nullptr;
    }
    const auto& number = *task.settings->pregenerated;
    const auto* at_hand = files_.options().pregenerated;
    const auto* drawn = at_hand != nullptr ? at_hand->find(number, task.version) : nullptr;
    files_.issue("PregeneratedSession", file,
                 "the rig ran the session drawn beforehand number " + number +
                     (drawn != nullptr ? ", from which conditions were taken"
                                       : ", which is not at hand (--pregenerated)" + own));
    return drawn;
}

void RawSession::flag(Task& task) {
    const auto& file = files_.path_of(*task.data);
    const auto totals = rig::task_totals(task.lines);
    const auto lines = static_cast<std::int64_t>(totals.n_lines);
    if (totals.n_trials && *totals.n_trials != lines) {
        files_.issue("LengthMismatch", file,
                     "the last trial is number " + std::to_string(*totals.n_trials) +
                         ", the file has " + std::to_string(lines) + " lines");
    }
    auto& trials = task.trials;
    const auto leave_out = [&](std::vector<double>& values, double most, const char* what) {
        std::size_t bad = 0;
        for (double& value : values) {
            if (std::isnan(value) || (value >= 0.0 && value <= most)) continue;
            value = nan;
            ++bad;
        }
        if (bad > 0) {
            files_.issue("OutOfRange", file,
                         std::to_string(bad) + " trials with an impossible " + what + "; left out");
        }
    };
    leave_out(trials.contrast_left, 1.0, "contrast");
    leave_out(trials.contrast_right, 1.0, "contrast");
    leave_out(trials.probability_left, 1.0, "probability");
    leave_out(trials.reward_ul, 1000.0, "reward");
    leave_out(trials.quiescence_s, 86400.0, "quiescent period");
    if (task.version < with_play_tone && !is_all_missing(trials.stim_on_s)) {
        files_.issue("OlderRule", file,
                     "stimOn_times of a rig before version 5 (" + task.version.to_string() +
                         "): the first screen change after the command");
    }
    if (is_all_missing(trials.probability_left)) {
        files_.issue("MissingDataset", file,
                     "the rig wrote no stim_probability_left; probabilityLeft is missing");
    }
    flag_probability(task, file);
}

void RawSession::flag_probability(const Task& task, const std::string& file) {
    const auto protocol = protocol_of(task);
    const auto& trials = task.trials;
    const auto is_left = [&](std::size_t i) { return trials.position[i] < 0.0; };
    if (protocol.find("ephysChoiceWorld") != std::string::npos && task.version >= rig_eight &&
        task.version < with_right_probability) {
        std::size_t agreeing = 0;
        std::size_t contradicting = 0;
        for (std::size_t i = 0; i < trials.count; ++i) {
            const double p = trials.probability_left[i];
            if (std::isnan(p) || p == 0.5) continue;
            ++((p > 0.5) == is_left(i) ? agreeing : contradicting);
        }
        if (agreeing + contradicting >= least_evidence && contradicting > agreeing) {
            files_.issue("ProbabilityInverted", file,
                         "probability_left inverted (rig < 8.24.0): the stimulus stood on the less "
                         "likely side in " +
                             std::to_string(contradicting) + " of " +
                             std::to_string(agreeing + contradicting) +
                             " trials; values kept as written");
        }
    }
    if (protocol.find("trainingChoiceWorld") != std::string::npos &&
        task.version < with_drawn_zero_side) {
        std::size_t zeros = 0;
        std::size_t left = 0;
        for (std::size_t i = 0; i < trials.count; ++i) {
            if (task.lines[i].contrast != 0.0) continue;
            ++zeros;
            left += is_left(i) ? 1 : 0;
        }
        if (zeros >= least_evidence && left == zeros) {
            files_.issue("ZeroContrastLeft", file,
                         "contrast 0 always left (rig < 8.29.4): all " + std::to_string(zeros) +
                             " trials; sides kept as written");
        }
    }
}

std::vector<TaskPart> RawSession::take_trials() {
    std::vector<TaskPart> parts;
    if (tasks_.empty()) return parts;
    parse();
    auto& to = session_.trials;
    std::vector<Task*> taken;
    for (auto& task : tasks_) {
        if (task.trials.count == 0) continue;
        if (to.count + task.trials.count > most_trials) {
            throw Error(ErrorKind::data, session_.identifier() + ": more than " +
                                             std::to_string(most_trials) +
                                             " trials, which no session has");
        }
        task.part = parts.size();
        parts.push_back({task.collection, to.count, task.trials.count, 0.0});
        taken.push_back(&task);
        to.count += task.trials.count;
        files_.issue("ExtractedFromRaw", files_.path_of(*task.data),
                     std::to_string(task.trials.count) +
                         " trials extracted by the rules of rig version " +
                         task.version.to_string() + "; the session has no extracted ones");
    }
    for (const auto& column : raw_columns) {
        std::vector<double> values;
        for (const auto* task : taken) {
            const auto& from = task->trials.*column.from;
            values.insert(values.end(), from.begin(), from.end());
        }
        if (is_all_missing(values)) values.clear();
        to.*column.to = std::move(values);
    }
    const bool has_repeats = std::ranges::any_of(taken, [&](const Task* task) {
        return protocol_of(*task).find("training") != std::string::npos ||
               std::ranges::any_of(task->lines, &rig::RigTrial::is_repeat);
    });
    if (!has_repeats) to.rep_num.clear();
    fill_signed_contrast(to);
    take_record();
    return parts;
}

void RawSession::take_record() {
    RigRecord record;
    double water_ul = 0.0;
    std::optional<std::string> end;
    for (const auto& task : tasks_) {
        if (task.lines.empty()) continue;
        const auto totals = rig::task_totals(task.lines);
        water_ul += totals.water_ul;
        if (task.trials.count > 0) {
            record.n_trials += totals.n_trials.value_or(static_cast<std::int64_t>(totals.n_lines));
            record.n_correct += totals.n_correct;
        }
        record.files.push_back(files_.path_of(*task.data));
        if (task.settings == nullptr) continue;
        record.is_mock = record.is_mock || task.settings->is_mock;
        if (task.settings->poop_count)
            record.poop_count = record.poop_count.value_or(0.0) + *task.settings->poop_count;
        if (task.settings->task_version) record.task_version = task.settings->task_version;
        // Where there are trials, their clock tells the end (take_end).
        if (task.settings->start_text && totals.duration_s > 0.0 && task.trials.count == 0)
            end = moment_after(*task.settings->start_text, totals.duration_s);
    }
    if (record.files.empty()) return;
    if (!session_.end_time && session_.trials.count == 0) session_.end_time = end;
    session_.water_ul = water_ul;
    session_.rig_record = std::move(record);
}

void RawSession::take_end(std::span<const TaskPart> parts) {
    if (session_.end_time || !session_.start_time) return;
    double end_s = 0.0;
    for (const auto& task : tasks_) {
        if (!task.part) continue;
        const double lasted = rig::task_totals(task.lines).duration_s;
        end_s = std::max(end_s, lasted + parts[*task.part].offset_s);
    }
    if (end_s > 0.0) session_.end_time = moment_after(*session_.start_time, end_s);
}

void RawSession::complete_trials(std::span<const TaskPart> parts) {
    if (tasks_.empty() || parts.empty()) return;
    // Commands and freezes are in few extracted sessions and in no table, repeats are of training
    // alone: for these by themselves no raw file is parsed.
    const bool is_training =
        session_.task_protocol && session_.task_protocol->find("training") != std::string::npos;
    const bool lacks = std::ranges::any_of(raw_columns, [&](const RawColumn& column) {
        const bool is_idle =
            column.to == &C::stim_on_trigger_s || column.to == &C::stim_off_trigger_s ||
            column.to == &C::stim_freeze_s || (column.to == &C::rep_num && !is_training);
        return !is_idle && (session_.trials.*column.to).empty();
    });
    if (!lacks) return;
    parse();
    for (std::size_t p = 0; p < parts.size(); ++p) {
        const auto number = parts[p].collection.substr(parts[p].collection.rfind('_') + 1);
        const bool is_one_of_several = parts[p].collection.starts_with("alf/task_");
        std::vector<Task*> candidates;
        for (auto& task : tasks_) {
            if (task.trials.count == 0) continue;
            if (!is_one_of_several || task.collection == "raw_task_data_" + number)
                candidates.push_back(&task);
        }
        if (candidates.size() != 1) continue;
        if (complete(*candidates[0], parts[p])) candidates[0]->part = p;
    }
    if (!session_.trials.contrast_left.empty() || !session_.trials.contrast_right.empty()) {
        if (session_.trials.signed_contrast.empty()) fill_signed_contrast(session_.trials);
    }
}

bool RawSession::complete(Task& task, const TaskPart& part) {
    const auto& file = files_.path_of(*task.data);
    if (task.trials.count != part.trials) {
        files_.issue("LengthMismatch", file,
                     std::to_string(task.trials.count) + " raw trials for " +
                         std::to_string(part.trials) + " extracted ones; not used");
        return false;
    }
    // The two must tell of the same trials, and times must be of one clock.
    std::size_t same = 0;
    std::size_t other = 0;
    std::size_t same_time = 0;
    std::size_t other_time = 0;
    for (const auto& column : raw_columns) {
        const auto& has = session_.trials.*column.to;
        if (has.empty()) continue;
        const auto& raw = task.trials.*column.from;
        const bool is_compared = column.to == &C::choice || column.to == &C::start_s ||
                                 column.to == &C::response_s || column.to == &C::go_cue_trigger_s ||
                                 column.to == &C::stim_on_trigger_s;
        if (!is_compared) continue;
        for (std::size_t i = 0; i < part.trials; ++i) {
            const double apart = has[part.first_trial + i] - raw[i];
            if (std::isnan(apart)) continue;
            if (column.is_time) {
                ++(std::abs(apart) <= same_clock_s ? same_time : other_time);
            } else {
                ++(apart == 0.0 ? same : other);
            }
        }
    }
    if (other * 50 > same) {
        files_.issue("OtherSession", file,
                     "the raw trials have another choice than the extracted ones in " +
                         std::to_string(other) + " trials; not used");
        return false;
    }
    const bool is_one_clock = same_time > 0 && other_time * 20 <= same_time;
    std::string filled;
    for (const auto& column : raw_columns) {
        auto& to = session_.trials.*column.to;
        const auto& raw = task.trials.*column.from;
        const bool is_ours = to.empty() || std::ranges::find(filled_, column.to) != filled_.end();
        if (!is_ours || is_all_missing(raw) || (column.is_time && !is_one_clock)) continue;
        if (column.to == &C::rep_num && std::ranges::none_of(task.lines, &rig::RigTrial::is_repeat))
            continue;
        to.resize(session_.trials.count, nan);
        std::ranges::copy(raw, to.begin() + static_cast<std::ptrdiff_t>(part.first_trial));
        filled_.push_back(column.to);
        filled += (filled.empty() ? "" : ", ") + dataset_of(column.to);
    }
    if (!filled.empty()) {
        files_.issue("ExtractedFromRaw", file,
                     "taken from here, as the extracted trials lack them: " + filled);
    }
    return is_one_clock;
}

void RawSession::take_wheel(std::span<const TaskPart> parts) {
    if (session_.wheel || tasks_.empty() || session_.trials.count == 0) return;
    const bool has_encoder =
        std::ranges::any_of(tasks_, [](const Task& task) { return task.positions != nullptr; });
    if (!has_encoder) return;
    parse();
    had_moves_ = session_.wheel_moves.has_value();
    had_first_movements_ = !session_.trials.first_movement_s.empty();
    for (auto& task : tasks_) {
        if (task.trials.count == 0) continue;
        try {
            extract_wheel(task, parts);
        } catch (const Error& error) {
            const auto* at = task.positions != nullptr ? task.positions : task.data;
            const auto& file = files_.path_of(*at);
            std::string message = error.what();
            if (message.find(file) == std::string::npos) message.insert(0, file + ": ");
            session_.part_errors.push_back(
                {error.type().empty() || error.type() == "ValueError" ? "WheelNotAligned"
                                                                      : error.type(),
                 std::move(message), error.hint(), files_.source().origin + "/" + file});
        }
    }
    summarize_wheel(files_);
}

void RawSession::extract_wheel(Task& task, std::span<const TaskPart> parts) {
    if (task.positions == nullptr || task.events == nullptr) {
        files_.issue("MissingDataset",
                     task.collection + "/_iblrig_encoder" +
                         (task.positions == nullptr ? "Positions" : "Events"),
                     "without it the wheel cannot be extracted");
        return;
    }
    if (!task.part) {
        files_.issue("NotAligned", files_.path_of(*task.positions),
                     "the extracted trials are on another clock than the rig's; the wheel was "
                     "left out");
        return;
    }
    auto positions = rig::parse_encoder_positions(
        formats::as_text(files_.bytes_of(task.positions->member)), files_.path_of(*task.positions));
    const auto events = rig::parse_encoder_events(
        formats::as_text(files_.bytes_of(task.events->member)), files_.path_of(*task.events));
    auto extracted = rig::extract_wheel(positions, events, task.lines);
    const double first = task.trials.start_s.front();
    if (extracted.time_s.back() < first) {
        throw Error(ErrorKind::data,
                    "the wheel cannot be aligned with the trials: by the closed loops it was "
                    "recorded from " +
                        std::to_string(extracted.time_s.front()) + " to " +
                        std::to_string(extracted.time_s.back()) +
                        " s, before the first trial started",
                    "Are these files of one session? The trials are loaded without the wheel.",
                    "WheelNotAligned");
    }
    if (extracted.is_short_in_microseconds) positions.remarks.was_milliseconds = false;
    const std::vector<double> default_rest{0.2};
    const bool has_rest =
        task.settings != nullptr && (task.settings->quiescent_s.size() == 1 ||
                                     task.settings->quiescent_s.size() >= task.trials.count);
    std::vector<double> rest = has_rest ? task.settings->quiescent_s : default_rest;
    if (rest.size() > 1) rest.resize(task.trials.count);
    const auto moves =
        rig::extract_movements(extracted, task.trials.go_cue_s, task.trials.feedback_s, rest);
    const auto& part = parts[*task.part];
    const auto& file = files_.path_of(*task.positions);
    for (const rig::EncoderRemarks* remarks :
         {&std::as_const(positions).remarks, &events.remarks}) {
        if (remarks->none()) continue;
        files_.issue("Cleaned", remarks == &positions.remarks ? file : files_.path_of(*task.events),
                     remarks->to_string());
    }
    if (extracted.time_s.front() > task.trials.end_s.back()) {
        files_.issue("NotAligned", file, "the wheel was recorded after the last trial had ended");
    }
    if (!session_.wheel) {
        session_.wheel.emplace();
        session_.wheel->position_file = file;
        session_.wheel->timestamps_file = file;
    }
    auto& wheel = *session_.wheel;
    for (double& time : extracted.time_s) time += part.offset_s;
    wheel.time_s.insert(wheel.time_s.end(), extracted.time_s.begin(), extracted.time_s.end());
    wheel.position.insert(wheel.position.end(), extracted.position.begin(),
                          extracted.position.end());
    files_.mark_used(task.positions->member);
    files_.mark_used(task.events->member);
    files_.issue("ExtractedFromRaw", file,
                 std::to_string(extracted.time_s.size()) +
                     " samples of the wheel extracted; the session has no extracted wheel");
    if (!had_moves_) {
        if (!session_.wheel_moves) session_.wheel_moves.emplace();
        auto& all = *session_.wheel_moves;
        for (std::size_t i = 0; i < moves.onset_s.size(); ++i) {
            all.onset_s.push_back(moves.onset_s[i] + part.offset_s);
            all.offset_s.push_back(moves.offset_s[i] + part.offset_s);
            all.peak_amplitude.push_back(moves.peak_amplitude[i]);
        }
    }
    if (!had_first_movements_ && !is_all_missing(moves.first_movement_s)) {
        auto& into = session_.trials.first_movement_s;
        into.resize(session_.trials.count, nan);
        for (std::size_t i = 0; i < part.trials; ++i)
            into[part.first_trial + i] = moves.first_movement_s[i] + part.offset_s;
    }
}

}  // namespace tb::alf
