// Compares the store's files with the rows of store.array: what is wrong, and what nobody names.
#pragma once

#include "src/db/session.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tb::store {

/// Files in the places where the store keeps its own; others are left alone.
struct FoundFile {
    std::string file;  ///< relative to the root
    std::int64_t bytes = 0;
    std::chrono::seconds age{0};  ///< since it was last written
    bool is_temporary = false;    ///< its writer has not finished, or died
};
/// None where there is no root yet: the first array makes it.
/// @throws tb::Error (not_found) when the root cannot be entered; (io) when a folder cannot be read
[[nodiscard]] std::vector<FoundFile> list_files(const std::filesystem::path& root);

struct CheckOptions {
    std::filesystem::path root;
    /// Files without rows are faults when they are older; younger ones may be about to get theirs.
    std::chrono::seconds grace{3600};
    bool quick = false;  ///< look whether files and datasets are there, do not read their values
    std::function<void(std::int64_t arrays, std::int64_t bytes)> show;  ///< called now and then
};

/// What `trialbase store verify` found.
struct CheckResult {
    enum class Fault {
        missing_file,
        missing_dataset,
        damaged,
        wrong_checksum,
        wrong_facts,
        orphan,
        temporary
    };
    struct Finding {
        Fault fault;
        std::string what;  ///< ref of a row, or file
        std::string message;
        std::string array_id;  ///< of a row's finding
    };
    std::int64_t arrays = 0;  ///< rows looked at
    std::int64_t bytes = 0;   ///< of values, uncompressed
    std::int64_t files = 0;   ///< complete files below the root
    std::int64_t young = 0;   ///< files without rows within the grace period
    std::vector<Finding> findings;
};
[[nodiscard]] std::string_view to_string(CheckResult::Fault fault);

/// Reads every array that a row names and compares shape, type and checksum. Safe while workers
/// write and rows are deleted. @throws as list_files; (not_found) when rows name files and there is
/// no root
[[nodiscard]] CheckResult verify(db::Session& session, const CheckOptions& options);

/// What had to be done about arrays that are lost.
struct Requeued {
    std::string table;
    std::int64_t keys = 0;
    bool is_pending =
        false;  ///< computed: populate does it again. Else its source must be loaded again
};
/// Makes results pending again whose arrays verify() found missing or damaged.
[[nodiscard]] std::vector<Requeued> requeue_lost(db::Session& session, const CheckResult& result);

struct CollectOptions {
    std::filesystem::path root;
    std::chrono::seconds grace{24 * 3600};  ///< longer than any transaction that writes arrays
    bool dry_run = false;
    bool force = false;  ///< also when this database names no file of this root
};
struct CollectResult {
    std::vector<FoundFile> removed;   ///< or would be
    std::int64_t bytes = 0;           ///< of these
    std::int64_t kept = 0;            ///< files that rows name
    std::int64_t young = 0;           ///< nobody's, but within the grace period
    std::vector<std::string> errors;  ///< files that could not be removed
};
/// Removes files that no row names and temporary ones, older than the grace period. Files are
/// listed before rows are read: a row that was committed before is seen, and one that comes later
/// names a file younger than its transaction. What made a file an orphan is on the server's disk
/// before the file goes. Links below the root are not followed. Whose store it is must have been
/// asked before: require_owned().
/// @throws tb::Error (conflict) when files are there and this database names none of them, unless
/// `force`: it is probably another database's store
[[nodiscard]] CollectResult collect_garbage(db::Session& session, const CollectOptions& options);

}  // namespace tb::store
