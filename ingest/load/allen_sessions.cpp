#include "ingest/load/allen_sessions.hpp"

#include "ingest/allen/nwb_session.hpp"
#include "ingest/load/change/change_paradigm.hpp"
#include "ingest/load/change/raw_log_session.hpp"
#include "ingest/load/held_lab.hpp"
#include "ingest/load/settled_source.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/load/told_numbers.hpp"
#include "ingest/nwb/simulated.hpp"
#include "src/base/blake2b.hpp"
#include "src/base/sha256.hpp"
#include "trialbase/error.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;

SessionFile listed(const fs::path& file, bool is_used) {
    SessionFile entry;
    entry.name = file.filename().string();
    entry.path = entry.name;
    entry.extension = file.extension().string();
    if (!entry.extension.empty()) entry.extension.erase(0, 1);
    std::error_code ignored;
    entry.size_bytes = fs::file_size(file, ignored);
    entry.sha256 = sha256_of_file(file);
    entry.is_used = is_used;
    return entry;
}

/// The session that the project's tables know by mouse and start, if they do.
void use_known_number(ChangeSession& session, db::Session& database) {
    if (!session.start_time) return;
    const auto rows = database.exec(
        statement("allen_session_of_start"),
        db::Params().text(session.source).text(session.subject).text(*session.start_time));
    if (rows.rows() != 1) return;
    session.aliases.push_back({session.source, session.own_identifier});
    session.own_identifier = rows.get<std::string>(0, "identifier");
}

class AllenSession : public SessionToRead {
  public:
    AllenSession(AllenSessionFile file, const AllenSessionOptions& options, ToldNumbers& told)
        : file_(std::move(file)), options_(options), told_(told) {
        source = file_.source;
        lab = options.lab;
        origin = fs::absolute(file_.file).lexically_normal().string();
        const auto expected = allen::expectation_of_name(file_.file);
        if (expected.behavior_session_id)
            identifier = std::to_string(*expected.behavior_session_id);
    }

    std::unique_ptr<SessionRecord> read() const override {
        try {
            auto session = std::make_unique<ChangeSession>(read_file());
            finish(*session);
            if (options_.connect) compare_with_database(*session);
            return session;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::data) require_hash(error);
            throw;
        }
    }

  private:
    [[nodiscard]] ChangeSession read_file() const {
        if (file_.file.extension() == ".nwb") {
            const auto file = std::make_shared<const nwb::NwbFile>(nwb::NwbFile::open(file_.file));
            const auto settled =
                settled_source(nwb::says_simulated(*file), asked_source(), file_.source, origin);
            auto session = allen::read_nwb_session(file, file_.file.filename().string(),
                                                   allen::expectation_of_name(file_.file));
            session.source = settled;
            return session;
        }
        auto session = read_raw_log_session(file_.file);
        session.source = file_.source;
        return session;
    }

    [[nodiscard]] std::string asked_source() const {
        return file_.is_source_asked ? file_.source : std::string();
    }

    void finish(ChangeSession& session) const {
        session.lab = options_.lab;
        for (auto& alias : session.aliases) alias.source = session.source;
        session.files.push_back(listed(file_.file, true));
        if (session.trials_origin == "raw_log") session.files.back().dataset_type = "behavior.log";
        if (session.trials_origin != "raw_log") {
            // A log of the same session leads to it.
            if (const auto& uuid = session.recording.metadata.behavior_session_uuid)
                session.aliases.push_back({session.source, *uuid});
            return;
        }
        if (const auto encoder = encoder_file_of(file_.file))
            session.files.push_back(listed(*encoder, true));
    }

    void compare_with_database(ChangeSession& session) const {
        auto database = options_.connect();
        if (session.trials_origin == "raw_log") use_known_number(session, database);
        told_.require(database, session);
        if (options_.is_lab_asked) require_lab(database, session, options_.lab);
        // Its clock tells what the file's times mean.
        if (!options_.dry_run)
            database.exec(statement("allen_lab"), db::Params().text(options_.lab));
    }

    /// A file that was cut is that, whatever its format makes of it.
    void require_hash(const Error& error) const {
        static const std::set<std::string, std::less<>> damages{
            "NotHdf5", "TruncatedFile", "DamagedFile", "HostileFile", "ShapeLimit"};
        if (file_.file_hash.empty() || !damages.contains(error.type())) return;
        const auto found = blake2b_of_file(file_.file);
        if (found == file_.file_hash) return;
        throw Error(ErrorKind::data,
                    fmt::format("{} has the hash {}..., its manifest says {}...", origin,
                                found.substr(0, 16), file_.file_hash.substr(0, 16)),
                    "Remove the file and fetch it again: its download was cut off, or it was "
                    "changed.",
                    "HashMismatch");
    }

    AllenSessionFile file_;
    const AllenSessionOptions& options_;  // of the source, which outlives what it finds
    ToldNumbers& told_;                   // of the source, too
};

class AllenSource : public SessionSource {
  public:
    AllenSource(std::vector<AllenSessionFile> files, AllenSessionOptions options)
        : files_(std::move(files)), options_(std::move(options)) {
        for (const auto& one : files_) places_.push_back(one.file);
    }

    const Paradigm& paradigm() const override { return change_paradigm(); }
    std::string name() const override { return "allen"; }
    const std::vector<fs::path>& places() const override { return places_; }
    void find(SessionSink& sink) override {
        for (const auto& one : files_)
            sink.found(std::make_unique<AllenSession>(one, options_, told_));
    }

  private:
    std::vector<AllenSessionFile> files_;
    AllenSessionOptions options_;
    ToldNumbers told_;
    std::vector<fs::path> places_;
};

}  // namespace

bool is_session_file_name(const fs::path& file) {
    const auto name = file.filename().string();
    return name.ends_with(".nwb") || name.ends_with(".json") || name.ends_with(".json.gz");
}

std::unique_ptr<SessionSource> allen_session_source(std::vector<AllenSessionFile> files,
                                                    AllenSessionOptions options) {
    return std::make_unique<AllenSource>(std::move(files), std::move(options));
}

void flag_overlapping_sessions(db::Session& session) {
    const std::string dataset = "project tables";
    const auto rows =
        session.exec(statement("allen_unflagged_overlaps"), db::Params().text(dataset));
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < rows.rows(); ++i)
        keys.push_back(rows.get<std::string>(i, "session_id"));
    if (keys.empty()) return;
    session.exec(statement("allen_issues"),
                 db::Params().text_array(keys).text(dataset).null().null());
}

}  // namespace tb::load
