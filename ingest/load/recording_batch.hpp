// Single recordings and tables of fibres of one command: a bad one costs itself.
#pragma once

#include "ingest/load/ingest_photometry.hpp"
#include "ingest/load/session_loader.hpp"
#include "ingest/load/twins.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tb::load {

struct RecordingBatchOptions {
    RecordingIdentity identity;
    store::StoreOptions store;
    std::function<db::Session()> connect;
    bool dry_run = false;
    bool replaces = false;      ///< puts a recording in the place of another one of its session
    bool is_only_path = false;  ///< the command names one file: what it lacks is the caller's error
};

/// What became of one file.
struct RecordingOutcome {
    std::filesystem::path file;
    std::optional<Failure> failure;  ///< else one of the two:
    std::optional<ChoiceSession> session;
    LoadResult result;
    std::optional<FiberImport> fibers;

    /// Issues by their type.
    [[nodiscard]] std::map<std::string, std::size_t> issue_counts() const;
};

/// Loads files one after another, and keeps in core.session_error why one could not be; a file that
/// is loaded resolves its earlier errors. Belongs to one thread.
class RecordingBatch {
  public:
    /// @throws tb::Error (unavailable) as connecting; (usage) for a lab, date or number that was
    /// given and is none
    explicit RecordingBatch(RecordingBatchOptions options);

    /// @throws tb::Error (unavailable) without a database; (usage) with is_only_path when the
    /// recording belongs to nobody
    [[nodiscard]] RecordingOutcome take_recording(const std::filesystem::path& file);
    [[nodiscard]] RecordingOutcome take_fibers(const std::filesystem::path& csv);
    /// Remarks upon recordings that are there twice, and makes what was loaded durable; in a dry
    /// run it only says what it would remark upon. @return the number of new issues by type
    std::map<std::string, std::size_t> finish();

  private:
    /// Does the work; what it throws becomes the outcome's failure.
    template <class Work>
    RecordingOutcome take(const std::filesystem::path& file, const Work& work);

    RecordingBatchOptions options_;
    SessionLoader loader_;
    db::Session session_;
    std::set<std::string> seen_;        // sessions of this command
    std::vector<std::string> written_;  // those added or updated
    std::vector<FoundSession> found_;   // that would be, in a dry run
};

}  // namespace tb::load
