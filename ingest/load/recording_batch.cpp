#include "ingest/load/recording_batch.hpp"

#include "ingest/alf/names.hpp"
#include "ingest/load/choice/choice_paradigm.hpp"
#include "ingest/load/held_recording.hpp"
#include "ingest/load/statements.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

/// What would be wrong with every file.
void require_identity(const RecordingIdentity& identity) {
    if (identity.lab.empty()) {
        throw Error(ErrorKind::usage, "a recording or table of fibres names no lab",
                    "Name it with --lab.");
    }
    if (!identity.date.empty() && !alf::is_real_date(identity.date)) {
        throw Error(ErrorKind::usage, fmt::format("{} is no date", identity.date),
                    "Write it as 2024-11-05.");
    }
    if (!identity.number.empty()) {
        const auto number = alf::canonical_number(identity.number);
        if (!number || number->size() > 9) {
            throw Error(ErrorKind::usage,
                        fmt::format("{} is no number of a session", identity.number),
                        "Write it as 001.");
        }
    }
}

}  // namespace

std::map<std::string, std::size_t> RecordingOutcome::issue_counts() const {
    std::map<std::string, std::size_t> counts;
    if (!session) return counts;
    for (const auto& issue : issues_of(choice_paradigm(), *session)) ++counts[issue.type];
    return counts;
}

RecordingBatch::RecordingBatch(RecordingBatchOptions options)
    : options_((require_identity(options.identity), std::move(options))),
      loader_(choice_paradigm(), options_.connect(), options_.store),
      session_(options_.connect()) {}

template <class Work>
RecordingOutcome RecordingBatch::take(const std::filesystem::path& file, const Work& work) {
    RecordingOutcome outcome;
    outcome.file = file;
    const auto& identity = options_.identity;
    const auto source = identity.source.empty() ? std::string("ibl") : identity.source;
    const auto fail = [&](const Error& error) {
        outcome = {};
        outcome.file = file;
        outcome.failure = failure_of(error, source, file.string(), identity.lab, file.string());
        if (!options_.dry_run) loader_.record(*outcome.failure);
    };
    try {
        work(outcome);
        if (!options_.dry_run) {
            session_.exec_prepared(
                statement("errors_resolved"),
                db::Params().text(source).text(db::sanitize_text(file.string())));
        }
    } catch (const Error& error) {
        if (is_hopeless(error) || error.type() == "NoStore") throw;  // nor will others fare better
        if (error.kind() == ErrorKind::usage && options_.is_only_path) throw;
        fail(error);
    } catch (const std::exception& error) {
        fail(error_of(error));
    }
    return outcome;
}

RecordingOutcome RecordingBatch::take_recording(const std::filesystem::path& file) {
    return take(file, [&](RecordingOutcome& outcome) {
        outcome.session = read_recording(file, options_.identity);
        const auto& session = *outcome.session;
        if (!seen_.insert(session.identifier()).second) {
            throw Error(ErrorKind::conflict,
                        fmt::format("{}: another recording of this command is session {} already",
                                    file.string(), session.identifier()),
                        "Ingest it by itself, with a --number of its own.", "RecordingConflict");
        }
        if (!options_.replaces) require_room_for(session_, session);
        outcome.result = options_.dry_run ? loader_.preview(session) : loader_.load(session);
        if (outcome.result.outcome == Outcome::unchanged) return;
        written_.push_back(outcome.result.session_id);
        if (options_.dry_run) found_.push_back(found_session(session, outcome.result.session_id));
    });
}

RecordingOutcome RecordingBatch::take_fibers(const std::filesystem::path& csv) {
    return take(csv, [&](RecordingOutcome& outcome) {
        outcome.fibers = import_fibers(session_, csv, options_.identity.lab, options_.dry_run);
    });
}

std::map<std::string, std::size_t> RecordingBatch::finish() {
    if (options_.dry_run) return preview_twins(session_, found_);
    auto issues = remark_on_twins(session_, written_);
    loader_.flush();
    return issues;
}

}  // namespace tb::load
