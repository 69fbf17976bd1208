// What tables that list sessions tell: sessions without a folder, datasets without a file.
// Source: spec/ibl_behavior.md, 11.3; spec/photometry.md, 3.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tb::tables {

/// A session as a row of a table tells it. Texts are fit to be stored; absent ones are empty.
struct ListedSession {
    std::string identifier;  ///< UUID in lower case, or subject/date/number (three digits)
    std::string eid;         ///< the UUID; empty where the table has none
    std::string lab;         ///< empty: not told
    std::string subject;
    std::string date;  ///< yyyy-mm-dd
    std::optional<std::int64_t> number;
    /// ISO 8601, with an offset or on the lab's clock. A table of dates has no time of day.
    std::string start_time, end_time;
    std::string task_protocol, strain, line;
    std::vector<std::string> projects, users;
    std::vector<std::string> regions;   ///< of implanted fibres, with their sides (VTA-l)
    std::vector<std::string> datasets;  ///< paths within the session
    nlohmann::json extra;               ///< further columns as they came; null for none
};

/// A file of a session, wherever it lies.
struct ListedDataset {
    std::string session;     ///< identifier, as ListedSession has it
    std::string dataset_id;  ///< UUID; empty: not told
    std::string collection, name, revision;
    std::string dataset_type;  ///< object.attribute; empty for other names
    std::string extension;     ///< without its dot
    std::string tree;          ///< lab/subject/date/number of the folder that it lies in, if told
    std::string path;          ///< relative to the root of a repository; empty: not told
    std::optional<std::int64_t> size_bytes;
    std::string md5;                 ///< 32 digits in lower case; empty: not told
    std::string outcome;             ///< label of its quality; empty: not told
    std::optional<bool> is_default;  ///< of several revisions
    bool is_present = true;          ///< there, where the table was made
};

struct ListedInsertion {
    std::string insertion_id;  ///< UUID (pid)
    std::string session;       ///< identifier
    std::string name;          ///< probe00
};

/// One field of quality control of a session.
struct ListedField {
    std::string session;  ///< identifier
    std::string name;
    std::string outcome;  ///< label; empty where the field is no verdict
    std::optional<bool> is_true;
    std::string text;  ///< any other value
};

/// What is wrong with a row, or with one of its values.
struct RowProblem {
    std::string file;
    std::size_t row = 0;     ///< from 1, without the header
    std::string identifier;  ///< of the row, as far as it is known; else "row 3"
    std::string type, message, hint;
};

/// Problems of one load: the first thousand, and how many there are of each type.
class Problems {
  public:
    static constexpr std::size_t most = 1000;
    void add(RowProblem problem) {
        ++counts_[problem.type];
        if (first_.size() < most) first_.push_back(std::move(problem));
    }
    /// What is odd, and was taken all the same.
    void note(std::string text) {
        ++n_notes_;
        if (notes_.size() < most) notes_.push_back(std::move(text));
    }
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
    [[nodiscard]] std::size_t n_notes() const { return n_notes_; }
    [[nodiscard]] const std::vector<RowProblem>& first() const { return first_; }
    [[nodiscard]] const std::map<std::string, std::size_t>& counts() const { return counts_; }

  private:
    std::vector<RowProblem> first_;
    std::vector<std::string> notes_;
    std::size_t n_notes_ = 0;
    std::map<std::string, std::size_t> counts_;
};

/// A table that lists sessions.
struct SessionList {
    std::string name;
    std::string kind;  ///< one-cache, sessions-table, release
    std::string file;
    std::string origin;   ///< empty: not told
    std::string made_at;  ///< ISO 8601; empty: not told
    nlohmann::json metadata;
    std::vector<ListedSession> sessions;
    std::vector<std::string> identifiers;  ///< of sessions of which it tells nothing else
    std::vector<ListedInsertion> insertions;
};

/// Fields of quality control of one table.
struct QcTable {
    std::string name;
    std::string file;
    std::vector<ListedField> fields;
};

/// All that one command loads. Datasets are many: they are given one by one.
struct ListedTables {
    std::vector<SessionList> lists;
    std::vector<QcTable> qc;
    std::function<void(const std::function<void(ListedDataset)>&)> datasets;
    std::string datasets_file;  ///< where they are read from; empty: nowhere
    std::string repository;     ///< that the datasets' copies are listed on; empty: none
    Problems problems;
};

/// Takes a path within a session apart: collection, revision, name, kind. False for a path that
/// leaves the session's folder or names no file.
[[nodiscard]] bool split_dataset_path(const std::string& path, ListedDataset& dataset);

}  // namespace tb::tables
