#include "ingest/load/session_rows.hpp"

#include "ingest/load/photometry_writer.hpp"
#include "ingest/load/session_loader.hpp"
#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

using db::Params;
using Step = db::Session::Step;
using Texts = std::vector<std::string>;
using Numbers = std::vector<double>;
using Counts = std::vector<std::int64_t>;

std::string subject_identifier(const ChoiceSession& session) {
    return session.lab + "/" + session.subject;
}

std::string flag(bool value) {
    return value ? "t" : "f";
}

/// Files of sessions with distinct keys, as columns.
struct Files {
    /// @param key  what stands for the session in each row
    void add(const ChoiceSession& session, const std::string& key, std::int64_t at) {
        std::set<std::tuple<std::string, std::string, std::string>> seen;
        for (const auto& file : session.files) {
            if (!seen.emplace(file.collection, file.name, file.revision).second) continue;
            session_id.push_back(key);
            place.push_back(at);
            collection.push_back(file.collection);
            name.push_back(file.name);
            revision.push_back(file.revision);
            size_bytes.push_back(static_cast<std::int64_t>(file.size_bytes));
            sha256.push_back(file.sha256);
            dataset_type.push_back(file.dataset_type);
            extension.push_back(file.extension);
            dataset_id.push_back(Uuid::parse(file.dataset_id) ? file.dataset_id : std::string());
            is_used.push_back(flag(file.is_used));
        }
    }
    Texts session_id, collection, name, revision, sha256, dataset_type, extension, dataset_id,
        is_used;
    Counts place, size_bytes;
};

/// complete, partial or missing: spec/ibl_behavior.md, 1.6.
std::string completeness(const std::vector<double>& values) {
    const auto missing =
        std::count_if(values.begin(), values.end(), [](double v) { return std::isnan(v); });
    if (static_cast<std::size_t>(missing) == values.size()) return "missing";
    return missing > 0 ? "partial" : "complete";
}

double at(const std::vector<double>& values, std::size_t row) {
    return values.empty() ? NAN : values[row];
}

/// Trials reported on the side of a contrast above 0: spec/ibl_behavior.md, 1.6.
std::int64_t count_correct(const ChoiceTrials& trials) {
    std::int64_t correct = 0;
    for (std::size_t i = 0; i < trials.choice.size(); ++i) {
        const double choice = trials.choice[i];
        correct += (choice == 1 && at(trials.contrast_left, i) > 0) ||
                   (choice == -1 && at(trials.contrast_right, i) > 0);
    }
    return correct;
}

bool is_stored(const ChoiceTrials& trials, std::size_t row) {
    const auto has = [&](const std::vector<double>& values) {
        return values.empty() || !std::isnan(values[row]);
    };
    return has(trials.choice) && has(trials.end_s) && has(trials.probability_left);
}

std::string details_of(const ChoiceSession& session) {
    if (!session.rig_version && session.tasks.empty()) return {};
    auto details = nlohmann::json::object();
    if (session.rig_version) details["rig_version"] = db::sanitize_text(*session.rig_version);
    for (const auto& task : session.tasks) {
        nlohmann::json entry{{"collection", db::sanitize_text(task.collection)},
                             {"first_trial", task.first_trial},
                             {"n_trials", task.n_trials},
                             {"time_offset_s", task.offset_s}};
        if (task.protocol) entry["protocol"] = db::sanitize_text(*task.protocol);
        details["tasks"].push_back(std::move(entry));
    }
    return details.dump();
}

/// Labs, subjects, sessions, and the people who ran them.
void add_identity_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts lab, subject_key, nickname, source, subject, key, date, number, start, end, protocol, rig,
        details, identifier, member, member_session;
    Numbers delay;
    for (const auto& one : sessions) {
        const auto& session = *one.session;
        lab.push_back(session.lab);
        nickname.push_back(session.subject);
        source.push_back(session.source);
        subject.push_back(subject_identifier(session));
        subject_key.push_back(source_uuid(session.source, subject.back()).to_string());
        key.push_back(one.state->session_id);
        date.push_back(session.date);
        number.push_back(session.number);
        start.push_back(session.start_time.value_or(""));
        end.push_back(session.end_time.value_or(""));
        protocol.push_back(session.task_protocol.value_or(""));
        rig.push_back(session.rig_name.value_or(""));
        delay.push_back(session.session_delay_s.value_or(NAN));
        details.push_back(details_of(session));
        identifier.push_back(session.identifier());
        if (session.user && !session.user->empty()) {
            member.push_back(*session.user);
            member_session.push_back(one.state->session_id);
        }
    }
    steps.push_back(step("labs", Params().text_array(lab)));
    steps.push_back(step("subjects", Params()
                                         .text_array(subject_key)
                                         .text_array(lab)
                                         .text_array(nickname)
                                         .text_array(source)
                                         .text_array(subject)));
    steps.push_back(
        step("subject_aliases",
             Params().text_array(lab).text_array(nickname).text_array(source).text_array(subject)));
    steps.push_back(step("sessions", Params()
                                         .text_array(key)
                                         .text_array(lab)
                                         .text_array(source)
                                         .text_array(subject)
                                         .text_array(date)
                                         .text_array(number)
                                         .text_array(start)
                                         .text_array(end)
                                         .text_array(protocol)
                                         .text_array(rig)
                                         .float8_array(delay)
                                         .text_array(details)));
    steps.push_back(step("session_aliases",
                         Params().text_array(source).text_array(identifier).text_array(key)));
    if (!member.empty()) {
        steps.push_back(step("members", Params().text_array(member)));
        steps.push_back(
            step("session_members", Params().text_array(member_session).text_array(member)));
    }
    steps.push_back(
        step("errors_resolved_all", Params().text_array(source).text_array(identifier)));
}

void add_file_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Files files;
    Texts with_gone;
    for (const auto& one : sessions) {
        files.add(*one.session, one.state->session_id, 0);
        if (one.state->gone_files > 0) with_gone.push_back(one.state->session_id);
    }
    steps.push_back(step("dataset_types", Params().text_array(files.dataset_type)));
    steps.push_back(step("datasets", Params()
                                         .text_array(files.session_id)
                                         .text_array(files.collection)
                                         .text_array(files.name)
                                         .text_array(files.revision)
                                         .int8_array(files.size_bytes)
                                         .text_array(files.sha256)
                                         .text_array(files.dataset_type)
                                         .text_array(files.extension)
                                         .text_array(files.dataset_id)));
    if (with_gone.empty()) return;
    steps.push_back(step("datasets_gone", Params()
                                              .text_array(with_gone)
                                              .text_array(files.session_id)
                                              .text_array(files.collection)
                                              .text_array(files.name)
                                              .text_array(files.revision)));
}

void add_issue_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts known, session_id, dataset, type, message;
    for (const auto& one : sessions) {
        if (one.state->is_known) known.push_back(one.state->session_id);
        for (const auto& issue : issues_of(*one.session)) {
            session_id.push_back(one.state->session_id);
            dataset.push_back(cut(issue.dataset, longest_name));
            type.push_back(cut(issue.type, longest_name));
            message.push_back(cut(issue.message, longest_message));
        }
    }
    if (!known.empty()) {
        steps.push_back(step("issues_delete", Params()
                                                  .text_array(known)
                                                  .text_array(session_id)
                                                  .text_array(dataset)
                                                  .text_array(type)
                                                  .text_array(message)));
    }
    if (!session_id.empty()) {
        steps.push_back(step("issues", Params()
                                           .text_array(session_id)
                                           .text_array(dataset)
                                           .text_array(type)
                                           .text_array(message)));
    }
}

Step delete_of_sessions(std::string_view table, const Texts& session_ids) {
    return {{"delete from " + std::string(table),
             "delete from " + std::string(table) + " where session_id = any ($1::text[]::uuid[])"},
            Params().text_array(session_ids),
            db::Format::text,
            true};
}

void add_care_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts key, source, subject, time;
    Numbers weight;
    for (const auto& one : sessions) {
        const auto& session = *one.session;
        if (session.water_ul) {
            const auto water = uuid5(source_uuid(session.source, session.identifier()), "water");
            steps.push_back(step("water", Params()
                                              .text(water.to_string())
                                              .text(one.state->session_id)
                                              .number(*session.water_ul / 1000.0)));
        }
        for (const auto& weighing : session.weighings) {
            // One subject, one moment, one weighing: the same key from every file that tells it.
            const auto of = subject_identifier(session);
            key.push_back(
                uuid5(source_uuid(session.source, of), "weighing:" + weighing.time).to_string());
            source.push_back(session.source);
            subject.push_back(of);
            time.push_back(weighing.time);
            weight.push_back(weighing.weight_g);
        }
    }
    if (key.empty()) return;
    steps.push_back(step("weighings", Params()
                                          .text_array(key)
                                          .text_array(source)
                                          .text_array(subject)
                                          .text_array(time)
                                          .float8_array(weight)));
}

/// Of sessions that are there already: what is replaced, or no longer in the files.
void add_delete_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts known, without_wheel, without_trials;
    for (const auto& one : sessions) {
        if (!one.state->is_known) continue;
        known.push_back(one.state->session_id);
        if (!one.session->wheel) without_wheel.push_back(one.state->session_id);
        if (one.session->trials.choice.empty()) without_trials.push_back(one.state->session_id);
    }
    if (known.empty()) return;
    for (const auto* table : {"task.choice_trial", "task.wheel_move", "task.lick"})
        steps.push_back(delete_of_sessions(table, known));
    if (!without_wheel.empty())
        steps.push_back(delete_of_sessions("task.wheel_recording", without_wheel));
    if (!without_trials.empty())
        steps.push_back(delete_of_sessions("task.choice_session", without_trials));
}

void add_choice_step(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts key;
    Counts trials, correct;
    Numbers start, end;
    using T = ChoiceTrials;
    constexpr std::array judged{&T::stim_on_s,        &T::go_cue_s,   &T::go_cue_trigger_s,
                                &T::first_movement_s, &T::response_s, &T::feedback_s,
                                &T::reward_volume_ul, &T::rep_num,    &T::iti_s,
                                &T::included};
    std::array<Texts, judged.size()> statuses;
    for (const auto& one : sessions) {
        const auto& of = one.session->trials;
        if (of.choice.empty()) continue;
        key.push_back(one.state->session_id);
        trials.push_back(static_cast<std::int64_t>(of.count));
        correct.push_back(count_correct(of));
        start.push_back(of.start_s.empty() ? NAN : of.start_s.front());
        end.push_back(of.end_s.empty() ? NAN : of.end_s.back());
        for (std::size_t c = 0; c < judged.size(); ++c)
            statuses[c].push_back(completeness(of.*judged[c]));
    }
    if (key.empty()) return;
    Params params;
    params.text_array(key).int8_array(trials).int8_array(correct).float8_array(start).float8_array(
        end);
    for (const auto& status : statuses) params.text_array(status);
    steps.push_back(step("choice_sessions", std::move(params)));
}

void add_wheel_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts key, has_velocity, position, times, move_key, lick_key;
    Counts samples, move_number, lick_number;
    Numbers first, last, rate, net, travelled, onset, offset, amplitude, lick;
    for (const auto& one : sessions) {
        const auto& session = *one.session;
        const auto& id = one.state->session_id;
        if (session.wheel) {
            const auto& wheel = *session.wheel;
            key.push_back(id);
            samples.push_back(wheel.samples);
            first.push_back(wheel.first_s);
            last.push_back(wheel.last_s);
            rate.push_back(wheel.sampling_hz);
            net.push_back(wheel.last_position - wheel.first_position);
            travelled.push_back(wheel.travelled);
            has_velocity.push_back(flag(std::ranges::any_of(session.files, [](const auto& file) {
                return file.dataset_type == "wheel.velocity";
            })));
            position.push_back(one.arrays ? one.arrays->wheel_position().value_or("") : "");
            times.push_back(one.arrays ? one.arrays->wheel_times().value_or("") : "");
        }
        if (session.wheel_moves) {
            const auto& moves = *session.wheel_moves;
            for (std::size_t i = 0; i < moves.onset_s.size(); ++i) {
                move_key.push_back(id);
                move_number.push_back(static_cast<std::int64_t>(i) + 1);
                onset.push_back(moves.onset_s[i]);
                offset.push_back(moves.offset_s[i]);
                amplitude.push_back(at(moves.peak_amplitude, i));
            }
        }
        for (std::size_t i = 0; i < session.lick_s.size(); ++i) {
            lick_key.push_back(id);
            lick_number.push_back(static_cast<std::int64_t>(i) + 1);
            lick.push_back(session.lick_s[i]);
        }
    }
    if (!key.empty()) {
        steps.push_back(step("wheel_recordings", Params()
                                                     .text_array(key)
                                                     .int8_array(samples)
                                                     .float8_array(first)
                                                     .float8_array(last)
                                                     .float8_array(rate)
                                                     .float8_array(net)
                                                     .float8_array(travelled)
                                                     .text_array(has_velocity)
                                                     .text_array(position)
                                                     .text_array(times)));
    }
    if (!move_key.empty()) {
        steps.push_back(step("wheel_moves", Params()
                                                .text_array(move_key)
                                                .int8_array(move_number)
                                                .float8_array(onset)
                                                .float8_array(offset)
                                                .float8_array(amplitude)));
    }
    if (!lick_key.empty()) {
        steps.push_back(step(
            "licks", Params().text_array(lick_key).int8_array(lick_number).float8_array(lick)));
    }
}

}  // namespace

std::string cut(std::string_view text, std::size_t most) {
    auto plain = db::sanitize_text(text);
    if (plain.size() <= most) return plain;
    while (most > 0 && (static_cast<unsigned char>(plain[most]) & 0xC0U) == 0x80U) --most;
    return plain.substr(0, most) + " ...";
}

std::int64_t count_stored(const ChoiceTrials& trials) {
    std::int64_t stored = 0;
    for (std::size_t i = 0; i < trials.count; ++i) stored += is_stored(trials, i) ? 1 : 0;
    return stored;
}

std::vector<SessionState> states_of(db::Session& session,
                                    std::span<const ChoiceSession* const> sessions) {
    Texts source, identifier, key, has_photometry, has_wheel, is_whole, is_without_choices;
    Files files;
    for (const auto* one : sessions) {
        source.push_back(one->source);
        identifier.push_back(one->identifier());
        key.push_back(source_uuid(one->source, one->identifier()).to_string());
        has_photometry.push_back(flag(one->photometry.has_value()));
        has_wheel.push_back(flag(one->wheel && !one->wheel->position.empty()));
        is_whole.push_back(flag(one->is_whole));
        is_without_choices.push_back(flag(one->is_without_choices));
        files.add(*one, {}, static_cast<std::int64_t>(source.size()));
    }
    const auto rows = session.exec_prepared(statement("state"), Params()
                                                                    .text_array(source)
                                                                    .text_array(identifier)
                                                                    .text_array(key)
                                                                    .text_array(has_photometry)
                                                                    .text_array(has_wheel)
                                                                    .text_array(is_whole)
                                                                    .text_array(is_without_choices)
                                                                    .int8_array(files.place)
                                                                    .text_array(files.collection)
                                                                    .text_array(files.name)
                                                                    .text_array(files.revision)
                                                                    .int8_array(files.size_bytes)
                                                                    .text_array(files.sha256)
                                                                    .text_array(files.is_used));
    std::vector<SessionState> states;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        states.push_back({rows.get<std::string>(i, "session_id"), rows.get<bool>(i, "is_known"),
                          rows.get<bool>(i, "is_loaded"), rows.get<bool>(i, "lacks_arrays"),
                          rows.get<std::int64_t>(i, "changed_files"),
                          rows.get<std::int64_t>(i, "changed_used_files"),
                          rows.get<std::int64_t>(i, "gone_files")});
    }
    if (states.size() != sessions.size())
        throw Error(ErrorKind::internal, "state.sql does not give one row a session");
    return states;
}

std::vector<Step> write_steps(std::span<const SessionToWrite> sessions) {
    // Parents before children, always in this order: two loaders wait for each other, never in a
    // circle.
    std::vector<Step> steps;
    add_identity_steps(sessions, steps);
    add_file_steps(sessions, steps);
    add_issue_steps(sessions, steps);
    std::vector<SessionToWrite> with_trials;
    for (const auto& one : sessions)
        if (one.state->needs_trials()) with_trials.push_back(one);
    if (with_trials.empty()) return steps;
    for (const auto& one : with_trials)
        if (one.arrays) one.arrays->add_array_rows(steps);
    add_care_steps(with_trials, steps);
    add_delete_steps(with_trials, steps);
    add_choice_step(with_trials, steps);
    add_wheel_steps(with_trials, steps);
    for (const auto& one : with_trials)
        if (one.arrays) one.arrays->add_photometry_rows(steps, one.state->is_known);
    return steps;
}

void copy_trials(db::Session& session, std::span<const SessionToWrite> sessions,
                 const std::vector<std::string>& table_columns) {
    // All columns that any of the sessions has; null where one has not.
    std::vector<std::string> names{"session_id", "trial"};
    std::vector<const TrialColumnInfo*> columns;
    bool has_trials = false;
    for (const auto& column : trial_columns()) {
        const bool is_there = std::ranges::any_of(sessions, [&](const SessionToWrite& one) {
            return one.state->needs_trials() && !(one.session->trials.*column.values).empty();
        });
        has_trials = has_trials || is_there;
        if (!is_there || std::ranges::find(table_columns, column.name) == table_columns.end())
            continue;
        names.emplace_back(column.name);
        columns.push_back(&column);
    }
    if (!has_trials) return;
    db::CopyIn copy(session, "task.choice_trial", names);
    for (const auto& one : sessions) {
        if (!one.state->needs_trials()) continue;
        const auto& trials = one.session->trials;
        std::string key;
        const auto uuid = Uuid::parse(one.state->session_id).value();
        for (const auto byte : uuid.bytes) key.push_back(static_cast<char>(byte));
        for (std::size_t i = 0; i < trials.count; ++i) {
            if (!is_stored(trials, i)) continue;
            copy.next_row();
            copy.put_binary(key);
            copy.put(static_cast<std::int64_t>(i) + 1);
            for (const auto* column : columns) {
                const double value = at(trials.*column->values, i);
                if (column->kind == TrialColumnKind::boolean && !std::isnan(value)) {
                    copy.put(value != 0.0);
                } else {
                    copy.put(value);
                }
            }
        }
    }
    copy.finish();
}

}  // namespace tb::load
