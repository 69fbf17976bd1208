// Where sessions come from: a source finds them and reads them; ingest_sessions() does the rest.
#pragma once

#include "ingest/load/failure.hpp"
#include "ingest/load/paradigm.hpp"
#include "trialbase/session_record.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tb::load {

/// A session that was found and is not read yet.
class SessionToRead {
  public:
    SessionToRead() = default;
    SessionToRead(const SessionToRead&) = delete;
    SessionToRead& operator=(const SessionToRead&) = delete;
    virtual ~SessionToRead() = default;

    /// Reads it. Called once, from any thread, beside others of the same source.
    /// @throws tb::Error when nothing of it can be loaded: it becomes the session's failure
    [[nodiscard]] virtual std::unique_ptr<SessionRecord> read() const = 0;

    std::string source;  ///< SessionRecord::source as far as known: failures of reading carry it
    std::string identifier;  ///< in that source; empty: known once it is read
    std::string lab;         ///< empty: known once it is read
    /// As summaries name it. Sessions of one subject are loaded by one worker at a time; empty: not
    /// known yet, kept apart from nobody
    std::string subject;
    std::string origin;   ///< folder, archive or file, for messages
    std::string archive;  ///< of whose failures only so many are told one by one; empty: of none
    std::size_t held_bytes = 0;  ///< of its files, held in memory until it is read
};

/// Gets what a source finds.
class SessionSink {
  public:
    /// Waits while too many sessions are waiting. May throw to end the search: let it pass.
    virtual void found(std::unique_ptr<SessionToRead> session) = 0;
    /// Something that should have been a session, or a place that cannot be searched.
    virtual void failed(Failure failure) = 0;

  protected:
    ~SessionSink() = default;
};

/// A source of sessions of one world. Belongs to one ingest.
class SessionSource {
  public:
    SessionSource() = default;
    SessionSource(const SessionSource&) = delete;
    SessionSource& operator=(const SessionSource&) = delete;
    virtual ~SessionSource() = default;

    /// What reads into; the rows that it writes.
    [[nodiscard]] virtual const Paradigm& paradigm() const = 0;
    /// Name of the source where nothing is known of a session: `ibl`.
    [[nodiscard]] virtual std::string name() const = 0;
    /// Folders and files that are searched; each must exist.
    [[nodiscard]] virtual const std::vector<std::filesystem::path>& places() const = 0;
    /// Gives every session of the places to the sink, in any order; called once, from one thread.
    /// @throws tb::Error what ends the whole ingest
    virtual void find(SessionSink& sink) = 0;
};

}  // namespace tb::load
