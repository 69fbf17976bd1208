#include "ingest/alf/session_reader.hpp"

#include "ingest/alf/member.hpp"
#include "ingest/alf/names.hpp"
#include "ingest/alf/photometry_part.hpp"
#include "ingest/alf/raw_part.hpp"
#include "ingest/alf/session_files.hpp"
#include "ingest/alf/surroundings_reader.hpp"
#include "ingest/alf/task_order.hpp"
#include "ingest/alf/task_settings.hpp"
#include "ingest/alf/trials_reader.hpp"
#include "ingest/alf/wheel_reader.hpp"

#include <algorithm>
#include <limits>

namespace tb::alf {
namespace {

void require_name(const std::string& name, const char* what, const std::string& origin) {
    constexpr std::size_t longest_name = 255;
    if (name.size() <= longest_name && formats::is_utf8(name)) return;
    throw Error(ErrorKind::data,
                formats::escaped_utf8(origin.substr(0, 1000)) + ": the " + what +
                    (name.size() > longest_name ? "'s name is longer than 255 bytes"
                                                : "'s name is not UTF-8"),
                {}, "InvalidData");
}

ChoiceSession identity_of(const SessionSource& source, const ReadOptions& options) {
    ChoiceSession session;
    session.source = options.source;
    session.lab = source.lab;
    session.subject = source.subject;
    session.date = source.date;
    session.number = canonical_number(source.number).value_or(source.number);
    session.origin = source.origin;
    session.issues = source.issues;
    session.is_whole = true;
    if (session.lab.empty()) {
        throw Error(ErrorKind::data, source.origin + ": the session has no lab",
                    "Name it with --lab.", "MissingExtractedData");
    }
    if (session.subject.empty() || !is_real_date(session.date)) {
        throw Error(ErrorKind::data,
                    source.origin + ": no subject and date can be read from the path", {},
                    "MissingExtractedData");
    }
    require_name(session.lab, "lab", source.origin);
    require_name(session.subject, "subject", source.origin);
    if (session.number.size() > 9) {
        throw Error(ErrorKind::data,
                    source.origin + ": a session number of " +
                        std::to_string(session.number.size()) + " digits",
                    {}, "InvalidData");
    }
    return session;
}

/// Which source the session is of: simulated where it says so.
void settle_source(SessionFiles& files, const std::vector<TaskSettings>& settings) {
    auto& session = files.session();
    const bool is_simulated =
        files.source().is_simulated ||
        std::ranges::any_of(settings, [](const auto& one) { return one.is_simulated; });
    if (!is_simulated || session.source == "simulated") return;
    if (files.options().is_source_asked) {
        throw Error(ErrorKind::conflict,
                    session.identifier() +
                        ": the session says that it is simulated, and cannot "
                        "be loaded as one of source " +
                        session.source,
                    "Leave --source away.", "SimulatedSession");
    }
    session.source = "simulated";
}

/// The settings' starts, one for each part: raw_task_data_01 belongs to alf/task_01.
std::vector<double> starts_of(const std::vector<TaskPart>& parts,
                              const std::vector<TaskSettings>& settings) {
    std::vector<double> starts(parts.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t p = 0; p < parts.size(); ++p) {
        const auto number = parts[p].collection.substr(parts[p].collection.rfind('_') + 1);
        for (const auto& one : settings) {
            if (one.collection == "raw_task_data_" + number) starts[p] = one.start_s;
        }
    }
    return starts;
}

void list_tasks(ChoiceSession& session, const std::vector<TaskPart>& parts,
                const std::vector<TaskSettings>& settings) {
    if (parts.size() < 2) return;
    for (const auto& part : parts) {
        SessionTask task{part.collection, {}, part.first_trial + 1, part.trials, part.offset_s};
        const auto number = part.collection.substr(part.collection.rfind('_') + 1);
        for (const auto& one : settings) {
            if (one.collection == "raw_task_data_" + number) task.protocol = one.protocol;
        }
        session.tasks.push_back(std::move(task));
    }
}

/// A session without trials: kept where its task asks for none, or where there is photometry; else
/// an error with the reasons.
void settle_missing_trials(SessionFiles& files) {
    auto& session = files.session();
    const auto& members = files.source().members;
    const bool has_choice = std::ranges::any_of(members, [](const SessionMember& member) {
        const auto parts = relative_path_parts(member.path);
        return parts && parts->file.object == "trials" && parts->file.attribute == "choice";
    });
    const auto why = reasons_of(session);
    if (files.has_photometry()) {
        const bool has_raw_task = std::ranges::any_of(members, [](const SessionMember& member) {
            return member.path.ends_with("/_iblrig_taskData.raw.jsonable");
        });
        files.issue("MissingDataset", "trials", "the session has photometry but no usable trials");
        session.part_errors.push_back(
            {has_raw_task ? "MissingExtractedData" : "MissingRawData",
             "no usable trials: the photometry was taken without them" + why,
             "Expected _ibl_trials.table.pqt or arrays such as _ibl_trials.choice.npy.",
             files.source().origin});
        return;
    }
    if (!has_choice && session.task_protocol && asks_no_choices(*session.task_protocol)) {
        session.is_without_choices = true;
        files.issue("NoChoices", "trials",
                    "the task asks for no choices; the session is kept without trials");
        for (auto& file : session.files) {
            if (file.dataset_type.starts_with("trials.")) file.is_used = true;
        }
        return;
    }
    throw Error(ErrorKind::data,
                session.identifier() + ": no usable trials in " + files.source().origin + why,
                "Expected _ibl_trials.table.pqt or arrays such as _ibl_trials.choice.npy.",
                "MissingExtractedData");
}

}  // namespace

ChoiceSession read_session(const SessionSource& source, const ReadOptions& options) {
    auto session = identity_of(source, options);
    SessionFiles files(source, options, session);
    const auto order = read_task_order(files);
    const auto settings = read_settings(files, order);
    settle_source(files, settings);
    read_description(files);
    auto parts = read_trials(files, order);
    RawSession raw(files, settings, order);
    if (session.trials.count == 0) {
        parts = raw.take_trials();
    } else {
        session.lone_rewards_ul.reset();  // they are in the trials
        raw.complete_trials(parts);
    }
    if (session.trials.count == 0) {
        settle_missing_trials(files);
    } else {
        chain_parts(files, parts, starts_of(parts, settings));
        list_tasks(session, parts, settings);
        raw.take_end(parts);
        flag_missing_feedback(files);
    }
    read_wheel_and_licks(files, parts);
    read_ambient(files, parts);
    read_passive(files, parts);
    raw.take_wheel(parts);
    flag_wheel_direction(files);
    read_photometry(files);
    files.flag_mixed_revisions();
    return session;
}

}  // namespace tb::alf
