#include "ingest/load/ingest_openscope.hpp"

#include "ingest/load/held_lab.hpp"
#include "ingest/load/openscope/openscope_paradigm.hpp"
#include "ingest/load/settled_source.hpp"
#include "ingest/load/statements.hpp"
#include "ingest/nwb/simulated.hpp"
#include "ingest/openscope/project_tables.hpp"
#include "ingest/openscope/session_file.hpp"
#include "src/base/sha256.hpp"
#include "trialbase/error.hpp"
#include "trialbase/simulated_marker.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;

std::string place_of(const fs::path& path) {
    return fs::absolute(path).lexically_normal().string();
}

/// A session's file, and what the tables say of the session.
class OpenScopeToRead : public SessionToRead {
  public:
    OpenScopeToRead(openscope::SessionFileName file, ListedOpenScopeSession listed,
                    const OpenScopeOptions& options, std::string asked_source,
                    const std::function<db::Session()>& connect)
        : file_(std::move(file)),
          listed_(std::move(listed)),
          options_(options),
          asked_source_(std::move(asked_source)),
          connect_(connect) {
        source = asked_source_;
        lab = options.lab;
        identifier = std::to_string(listed_.sessid);
        subject = std::to_string(listed_.mouseid);
        origin = place_of(file_.file);
    }

    std::unique_ptr<SessionRecord> read() const override {
        auto sha256 = std::async(std::launch::async, sha256_of_file, file_.file);
        const auto file = std::make_shared<const nwb::NwbFile>(nwb::NwbFile::open(file_.file));
        const auto settled =
            settled_source(nwb::says_simulated(*file), asked_source_, asked_source_, origin);
        auto session = std::make_unique<OpenScopeSession>(
            openscope::read_session(file, file_.file.filename().string(),
                                    {listed_.sessid, listed_.mouseid}, options_.wants_images));
        session->source = settled;
        session->lab = options_.lab;
        tell_start(*session);
        SessionFile entry;
        entry.name = entry.path = file_.file.filename().string();
        entry.extension = "nwb";
        std::error_code ignored;
        entry.size_bytes = fs::file_size(file_.file, ignored);
        entry.sha256 = sha256.get();
        entry.is_used = true;
        session->files.push_back(std::move(entry));
        session->is_whole = true;
        if (connect_) {
            auto database = connect_();
            if (options_.is_lab_asked) require_lab(database, *session, options_.lab);
            // Its clock tells what the file's times mean.
            if (!options_.dry_run)
                database.exec(statement("allen_lab"), db::Params().text(options_.lab));
        }
        return session;
    }

  private:
    /// The table's start stands: in the published files UTC digits have the rig's offset behind
    /// them.
    void tell_start(OpenScopeSession& session) const {
        const auto start = openscope::iso_moment(listed_.full_timestamp).value_or("");
        const auto file_time = nwb::time_text(session.start_text);
        session.start_time = start;
        session.date = listed_.session_date;
        const auto flag = [&](const char* type, const std::string& message) {
            session.issues.push_back(
                {type, fmt::format("nwb:{}:/session_start_time", session.file_name), message});
        };
        constexpr std::size_t to_seconds = 19;
        const auto digits = start.substr(0, to_seconds);
        if (session.start_text.empty()) {
            flag("MissingDataset", "the file has no start time");
        } else if (session.start_text.substr(0, to_seconds) != digits) {
            if (file_time.moment.substr(0, to_seconds) != digits)
                flag("TableFileMismatch",
                     fmt::format("the file says {}, mouse_df {}: the table's word stands",
                                 session.start_text, start));
        } else if (file_time.moment.substr(0, to_seconds) != digits) {
            flag(
                "StartTimeOffset",
                fmt::format("the file says {}, mouse_df {}: the file's digits are UTC and have the "
                            "rig's offset behind them, the table's word stands",
                            session.start_text, start));
        }
    }

    openscope::SessionFileName file_;
    ListedOpenScopeSession listed_;
    const OpenScopeOptions& options_;  // of the source, which outlives what it finds
    std::string asked_source_;
    const std::function<db::Session()>& connect_;
};

class OpenScopeSource : public SessionSource {
  public:
    OpenScopeSource(const OpenScopeOutcome& outcome, OpenScopeOptions options,
                    std::function<db::Session()> connect)
        : files_(outcome.session_files),
          listed_(outcome.listed),
          source_(outcome.source),
          options_(std::move(options)),
          connect_(std::move(connect)) {
        for (const auto& one : files_) places_.push_back(one.file);
    }

    const Paradigm& paradigm() const override { return openscope_paradigm(); }
    std::string name() const override { return source_; }
    const std::vector<fs::path>& places() const override { return places_; }

    void find(SessionSink& sink) override {
        if (connect_) {
            auto database = connect_();
            for (auto& [sessid, one] : listed_sessions(database, source_))
                listed_.try_emplace(sessid, std::move(one));
        }
        // Ascending sessid.
        std::map<std::int64_t, std::vector<openscope::SessionFileName>> files_of;
        for (const auto& file : files_) {
            const auto sessid = sessid_of(file);
            if (sessid && listed_.contains(*sessid)) {
                files_of[*sessid].push_back(file);
                continue;
            }
            const auto name = file.sessid
                                  ? std::to_string(*file.sessid)
                                  : fmt::format("{} of mouse {}", file.timestamp, file.mouseid);
            fail(sink, file.file, name,
                 Error(ErrorKind::data,
                       fmt::format("{}: no mouse_df names session {}", place_of(file.file), name),
                       "Load mouse_df.csv of the experiment with it.", "UnknownSession"));
        }
        for (const auto& [sessid, files] : files_of) {
            try {
                sink.found(std::make_unique<OpenScopeToRead>(
                    openscope::choose_file(files, options_.wants_images), listed_.at(sessid),
                    options_, source_, connect_));
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::data) throw;
                fail(sink, files.front().file, std::to_string(sessid), error);
            }
        }
    }

  private:
    void fail(SessionSink& sink, const fs::path& file, const std::string& name,
              const Error& error) const {
        const auto place = place_of(file);
        sink.failed(failure_of(error, source_, name, options_.lab, place));
    }

    /// By its name, else by its start.
    std::optional<std::int64_t> sessid_of(const openscope::SessionFileName& file) const {
        if (file.sessid) return file.sessid;
        for (const auto& [sessid, one] : listed_)
            if (one.full_timestamp == file.timestamp && one.mouseid == file.mouseid) return sessid;
        return std::nullopt;
    }

    std::vector<openscope::SessionFileName> files_;
    ListedOpenScopeSessions listed_;
    std::string source_;
    OpenScopeOptions options_;
    std::function<db::Session()> connect_;
    std::vector<fs::path> places_;
};

class OpenScopeIngest {
  public:
    OpenScopeIngest(db::Session& session, const OpenScopeOptions& options)
        : session_(session), options_(options) {}

    OpenScopeOutcome run(const std::vector<fs::path>& paths) {
        const bool is_simulated =
            std::ranges::any_of(paths, [](const auto& path) { return is_marked_simulated(path); });
        outcome_.source = settled_source(is_simulated, options_.source, "allen",
                                         paths.empty() ? std::string() : paths.front().string());
        openscope::FoundFiles found;
        for (const auto& path : paths) {
            try {
                auto one = openscope::find_files(path);
                if (one.sessions.empty() && one.tables.empty() && one.trackings.empty())
                    throw Error(ErrorKind::data,
                                fmt::format("there is no table, tracking file or session file of "
                                            "this experiment below {}",
                                            path.string()),
                                "Session files are called "
                                "sub-<mouse>_ses-<session>_behavior+ophys.nwb.",
                                "SessionFile");
                const auto append = [](auto& all, auto& more) {
                    std::ranges::move(more, std::back_inserter(all));
                };
                append(found.sessions, one.sessions);
                append(found.tables, one.tables);
                append(found.trackings, one.trackings);
            } catch (const Error& error) {
                if (paths.size() == 1) throw;
                fail(path, error);
            }
        }
        outcome_.session_files = std::move(found.sessions);
        load(found);
        return std::move(outcome_);
    }

  private:
    void fail(const fs::path& path, const Error& error) {
        const auto place = place_of(path);
        outcome_.failures.push_back(failure_of(error, outcome_.source, place, options_.lab, place));
    }

    template <class Read>
    void attempt(const fs::path& path, const Read& read) {
        try {
            read();
        } catch (const Error& error) {
            fail(path, error);
        }
    }

    void load(const openscope::FoundFiles& found) {
        std::vector<allen::ProjectTable> tables;
        for (const auto& file : found.tables)
            attempt(file, [&] {
                const auto* kind = openscope::kind_of_table(file);
                const auto same = std::ranges::find(tables, kind, &allen::ProjectTable::kind);
                if (same != tables.end())
                    throw Error(ErrorKind::usage,
                                fmt::format("{} and {} are both {}", same->file.string(),
                                            file.string(), kind->name),
                                "Load one after the other, the older one first.");
                tables.push_back(openscope::read_table(file, *kind));
            });
        std::vector<openscope::TrackingFile> trackings;
        for (const auto& file : found.trackings)
            attempt(file, [&] { trackings.push_back(openscope::read_tracking_file(file)); });
        for (const auto& table : tables)
            if (table.kind == &openscope::mouse_table()) outcome_.listed = listed_sessions(table);
        ProjectLoadOptions load_options;
        load_options.lab = options_.lab;
        load_options.is_lab_asked = options_.is_lab_asked;
        load_options.source = outcome_.source;
        load_options.dry_run = options_.dry_run;
        if (!tables.empty() || !trackings.empty())
            outcome_.tables = load_openscope_listing(session_, tables, trackings, load_options);
        if (options_.dry_run) return;
        for (const auto& failure : outcome_.failures) record_failure(session_, failure);
    }

    db::Session& session_;
    const OpenScopeOptions& options_;
    OpenScopeOutcome outcome_;
};

}  // namespace

OpenScopeOutcome ingest_openscope(db::Session& session, const std::vector<fs::path>& paths,
                                  const OpenScopeOptions& options) {
    return OpenScopeIngest(session, options).run(paths);
}

std::unique_ptr<SessionSource> openscope_source(const OpenScopeOutcome& outcome,
                                                const OpenScopeOptions& options,
                                                std::function<db::Session()> connect) {
    return std::make_unique<OpenScopeSource>(outcome, options, std::move(connect));
}

}  // namespace tb::load
