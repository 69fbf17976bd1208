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

#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;

SessionFile listed(const fs::path& file, std::string sha256) {
    SessionFile entry;
    entry.name = file.filename().string();
    entry.path = entry.name;
    entry.extension = file.extension().string();
    if (!entry.extension.empty()) entry.extension.erase(0, 1);
    std::error_code ignored;
    entry.size_bytes = fs::file_size(file, ignored);
    entry.sha256 = std::move(sha256);
    entry.is_used = true;
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

/// Connections of a source, used again by whichever of its files asks next.
class Connections {
  public:
    explicit Connections(std::function<db::Session()> connect) : connect_(std::move(connect)) {}

    template <class Use>
    void with(const Use& use) {
        auto session = taken();
        if (!session) session.emplace(connect_());
        use(*session);  // one that fails is not kept
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(*session));
    }

  private:
    /// One that still answers.
    std::optional<db::Session> taken() {
        std::optional<db::Session> session;
        {
            const std::lock_guard lock(mutex_);
            if (free_.empty()) return session;
            session.emplace(std::move(free_.back()));
            free_.pop_back();
        }
        try {
            session->exec({"still there", "select 1"});
        } catch (const Error&) {
            session.reset();
        }
        return session;
    }

    std::function<db::Session()> connect_;
    std::mutex mutex_;
    std::vector<db::Session> free_;
};

class AllenSession : public SessionToRead {
  public:
    AllenSession(AllenSessionFile file, const AllenSessionOptions& options, ToldNumbers& told,
                 Connections& connections)
        : file_(std::move(file)), options_(options), told_(told), connections_(connections) {
        source = file_.source;
        lab = options.lab;
        origin = fs::absolute(file_.file).lexically_normal().string();
        const auto expected = allen::expectation_of_name(file_.file);
        if (expected.behavior_session_id)
            identifier = std::to_string(*expected.behavior_session_id);
    }

    std::unique_ptr<SessionRecord> read() const override {
        try {
            auto sha256 = std::async(std::launch::async, sha256_of_file, file_.file);
            auto session = std::make_unique<ChangeSession>(read_file());
            finish(*session, sha256.get());
            if (options_.connect)
                connections_.with(
                    [&](db::Session& database) { compare_with_database(*session, database); });
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

    void finish(ChangeSession& session, std::string sha256) const {
        session.lab = options_.lab;
        for (auto& alias : session.aliases) alias.source = session.source;
        session.files.push_back(listed(file_.file, std::move(sha256)));
        if (session.trials_origin == "raw_log") session.files.back().dataset_type = "behavior.log";
        if (session.trials_origin != "raw_log") {
            // A log of the same session leads to it.
            if (const auto& uuid = session.recording.metadata.behavior_session_uuid)
                session.aliases.push_back({session.source, *uuid});
            return;
        }
        if (const auto encoder = encoder_file_of(file_.file))
            session.files.push_back(listed(*encoder, sha256_of_file(*encoder)));
    }

    void compare_with_database(ChangeSession& session, db::Session& database) const {
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
    ToldNumbers& told_;                   // of the source, too, and so are these
    Connections& connections_;
};

class AllenSource : public SessionSource {
  public:
    AllenSource(std::vector<AllenSessionFile> files, AllenSessionOptions options)
        : files_(std::move(files)), options_(std::move(options)), connections_(options_.connect) {
        for (const auto& one : files_) places_.push_back(one.file);
    }

    const Paradigm& paradigm() const override { return change_paradigm(); }
    std::string name() const override { return "allen"; }
    const std::vector<fs::path>& places() const override { return places_; }
    void find(SessionSink& sink) override {
        for (const auto& one : files_)
            sink.found(std::make_unique<AllenSession>(one, options_, told_, connections_));
    }

  private:
    std::vector<AllenSessionFile> files_;
    AllenSessionOptions options_;
    ToldNumbers told_;
    Connections connections_;
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
