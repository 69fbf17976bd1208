#include "ingest/load/record_rows.hpp"

#include "ingest/load/session_file_columns.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

using db::Params;
using Step = db::Session::Step;
using Texts = std::vector<std::string>;
using Numbers = std::vector<double>;

std::string details_of(const Paradigm& paradigm, const SessionRecord& session) {
    const auto more = paradigm.details(session);
    if (!session.rig_version && more.empty()) return {};
    auto details = more.empty() ? nlohmann::json::object() : nlohmann::json::parse(more);
    if (session.rig_version) details["rig_version"] = db::sanitize_text(*session.rig_version);
    return details.dump();
}

/// The session's lab: the one that it is held in, where its identity does not tell it.
const std::string& lab_of(const SessionToWrite& session) {
    const auto& record = *session.record;
    const bool is_held = session.state->is_known && !record.own_identifier.empty();
    return is_held ? session.state->lab : record.lab;
}

/// What is told of subjects; none where nothing is.
void add_subject_facts_step(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts source, subject, sex, birth_date, species, strain, line, description;
    for (const auto& one : sessions) {
        const auto& facts = one.record->subject_facts;
        if (!facts.sex && !facts.birth_date && !facts.species && !facts.strain && !facts.line &&
            !facts.description)
            continue;
        source.push_back(one.record->source);
        subject.push_back(one.record->subject_identifier());
        sex.push_back(facts.sex.value_or(""));
        birth_date.push_back(facts.birth_date.value_or(""));
        species.push_back(facts.species.value_or(""));
        strain.push_back(facts.strain.value_or(""));
        line.push_back(facts.line.value_or(""));
        description.push_back(facts.description.value_or(""));
    }
    if (source.empty()) return;
    steps.push_back(step("subject_facts", Params()
                                              .text_array(source)
                                              .text_array(subject)
                                              .text_array(sex)
                                              .text_array(birth_date)
                                              .text_array(species)
                                              .text_array(strain)
                                              .text_array(line)
                                              .text_array(description)));
}

/// Labs, subjects, sessions, and the people who ran them.
void add_identity_steps(const Paradigm& paradigm, std::span<const SessionToWrite> sessions,
                        std::vector<Step>& steps) {
    Texts lab, subject_key, nickname, source, subject, key, date, number, start, end, protocol, rig,
        details, identifier, name_source, name, name_session, member, member_session, project,
        project_session;
    Numbers delay;
    for (const auto& one : sessions) {
        const auto& session = *one.record;
        lab.push_back(lab_of(one));
        nickname.push_back(session.subject);
        source.push_back(session.source);
        subject.push_back(session.subject_identifier());
        subject_key.push_back(source_uuid(session.source, subject.back()).to_string());
        key.push_back(one.state->session_id);
        date.push_back(session.date);
        number.push_back(session.number);
        start.push_back(session.start_time.value_or(""));
        end.push_back(session.end_time.value_or(""));
        protocol.push_back(session.task_protocol.value_or(""));
        rig.push_back(session.rig_name.value_or(""));
        delay.push_back(session.session_delay_s.value_or(NAN));
        details.push_back(details_of(paradigm, session));
        identifier.push_back(session.identifier());
        name_source.push_back(session.source);
        name.push_back(identifier.back());
        name_session.push_back(one.state->session_id);
        for (const auto& alias : session.aliases) {
            name_source.push_back(alias.source);
            name.push_back(alias.identifier);
            name_session.push_back(one.state->session_id);
        }
        for (const auto& user : session.users) {
            if (user.empty()) continue;
            member.push_back(user);
            member_session.push_back(one.state->session_id);
        }
        for (const auto& one_project : session.projects) {
            if (one_project.empty()) continue;
            project.push_back(one_project);
            project_session.push_back(one.state->session_id);
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
    add_subject_facts_step(sessions, steps);
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
    steps.push_back(
        step("session_aliases",
             Params().text_array(name_source).text_array(name).text_array(name_session)));
    if (!member.empty()) {
        steps.push_back(step("members", Params().text_array(member)));
        steps.push_back(
            step("session_members", Params().text_array(member_session).text_array(member)));
    }
    if (!project.empty()) {
        steps.push_back(step("projects", Params().text_array(project)));
        steps.push_back(
            step("session_projects", Params().text_array(project_session).text_array(project)));
    }
    steps.push_back(
        step("errors_resolved_all", Params().text_array(source).text_array(identifier)));
}

void add_file_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    SessionFileColumns files;
    Texts with_gone;
    for (const auto& one : sessions) {
        files.add(*one.record, one.state->session_id, 0);
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
                                         .text_array(files.dataset_id)
                                         .text_array(files.md5)));
    if (with_gone.empty()) return;
    steps.push_back(step("datasets_gone", Params()
                                              .text_array(with_gone)
                                              .text_array(files.session_id)
                                              .text_array(files.collection)
                                              .text_array(files.name)
                                              .text_array(files.revision)));
}

void add_issue_steps(const Paradigm& paradigm, std::span<const SessionToWrite> sessions,
                     std::vector<Step>& steps) {
    Texts all, known, prefix, session_id, dataset, type, message, source, subject;
    for (const auto& one : sessions) {
        all.push_back(one.state->session_id);
        if (one.state->is_known) {
            known.push_back(one.state->session_id);
            prefix.push_back(cut(paradigm.issue_prefix(*one.record), longest_name));
            source.push_back(one.record->source);
            subject.push_back(one.record->subject_identifier());
        }
        for (const auto& issue : issues_of(paradigm, *one.record)) {
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
                                                  .text_array(message)
                                                  .text_array(prefix)));
    }
    if (!session_id.empty()) {
        steps.push_back(step("issues", Params()
                                           .text_array(session_id)
                                           .text_array(dataset)
                                           .text_array(type)
                                           .text_array(message)));
    }
    if (!known.empty()) {
        steps.push_back(step(
            "other_subject_issues",
            Params().text_array(known).text_array(source).text_array(subject).text_array(prefix)));
    }
    steps.push_back(step("listed_faults", Params().text_array(all)));
}

}  // namespace

void add_record_steps(const Paradigm& paradigm, std::span<const SessionToWrite> sessions,
                      std::vector<Step>& steps) {
    add_identity_steps(paradigm, sessions, steps);
    add_file_steps(sessions, steps);
    add_issue_steps(paradigm, sessions, steps);
}

void add_care_steps(std::span<const SessionToWrite> sessions, std::vector<Step>& steps) {
    Texts key, source, subject, time, without_lone_rewards;
    Numbers weight;
    std::vector<Step> water;
    for (const auto& one : sessions) {
        const auto& session = *one.record;
        const auto of_session = source_uuid(session.source, session.identifier());
        const auto lone = uuid5(of_session, "rewards").to_string();
        const bool has_lone = session.lone_rewards_ul && !session.water_ul;
        if (!has_lone) without_lone_rewards.push_back(lone);
        if (const auto& given = session.water_ul ? session.water_ul : session.lone_rewards_ul) {
            // The rig's account stays where a later load has no more of it than the trials.
            water.push_back(
                step("water", Params()
                                  .text(has_lone ? lone : uuid5(of_session, "water").to_string())
                                  .text(one.state->session_id)
                                  .number(*given / 1000.0)
                                  .text(session.water_type.value_or(""))));
        }
        for (const auto& weighing : session.weighings) {
            // One subject, one moment, one weighing: the same key from every file that tells it.
            const auto of = session.subject_identifier();
            key.push_back(
                uuid5(source_uuid(session.source, of), "weighing:" + weighing.time).to_string());
            source.push_back(session.source);
            subject.push_back(of);
            time.push_back(weighing.time);
            weight.push_back(weighing.weight_g);
        }
    }
    if (!without_lone_rewards.empty())
        steps.push_back(step("water_delete", Params().text_array(without_lone_rewards)));
    std::ranges::move(water, std::back_inserter(steps));
    if (key.empty()) return;
    steps.push_back(step("weighings", Params()
                                          .text_array(key)
                                          .text_array(source)
                                          .text_array(subject)
                                          .text_array(time)
                                          .float8_array(weight)));
}

}  // namespace tb::load
