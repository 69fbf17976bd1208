// The runner of golden vectors: what an operation sees of a case, and how it answers. An operation
// is added by a file ops_<what>.cpp with one Registration per op; README.md beside this file has an
// example.
#pragma once

#include "tests/vectors/case_values.hpp"

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tb::vectors {

/// A folder with a case.json: inputs and parameters. Made by the runner.
///
/// Inputs come from `inputs` of case.json (values, or names of files beside it), or by convention
/// from <name>.npy, <name>.csv, <name>.json beside it, or from the members of input.json.
class Case {
  public:
    /// @throws tb::Error (io, data) when case.json cannot be read, is no JSON object or names no op
    explicit Case(std::filesystem::path folder);

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::string name() const { return folder_.filename().string(); }
    [[nodiscard]] const std::string& op() const { return op_; }
    [[nodiscard]] const Json& document() const { return document_; }  ///< the whole case.json
    [[nodiscard]] const Json& params() const { return params_; }      ///< {} when there are none

    /// A parameter; null when absent.
    [[nodiscard]] const Json& param(std::string_view name) const;
    [[nodiscard]] bool has_param(std::string_view name) const { return !param(name).is_null(); }
    /// @throws tb::Error (data) when absent or of another type
    [[nodiscard]] double number_param(std::string_view name) const;
    [[nodiscard]] double number_param(std::string_view name, double otherwise) const;
    [[nodiscard]] std::string text_param(std::string_view name) const;
    [[nodiscard]] std::vector<double> numbers_param(std::string_view name) const;

    [[nodiscard]] bool has_input(std::string_view name) const;
    /// An input as JSON: an inline value, or the contents of its file (.npy as nested arrays, .csv
    /// as an object of columns of text cells, .json). @throws tb::Error (io) for a missing file,
    /// (data) when absent
    [[nodiscard]] Json input(std::string_view name) const;
    /// An input as numbers in C order. @throws tb::Error (data, TypeError) when it is something
    /// else
    [[nodiscard]] std::vector<double> numbers(std::string_view name) const;
    /// An input that is a CSV file. @throws tb::Error
    [[nodiscard]] CsvText csv(std::string_view name) const;
    /// Where an input's file lies, or a path that is written in the case: beside the case, beside
    /// its parent folders, or in the shared folder. @throws tb::Error (io) when it is nowhere
    [[nodiscard]] std::filesystem::path path_of(std::string_view name_or_path) const;

  private:
    std::filesystem::path folder_;
    Json document_;
    Json params_ = Json::object();
    Json inputs_ = Json::object();
    std::string op_;
};

/// One expected output of a case.
struct ExpectedOutput {
    Json value;
    Tolerance tolerance;
    bool has_tolerance = false;
    bool text_cells = false;       ///< came from a CSV file: columns of text
    bool statistical = false;      ///< the op's own rule decides
    std::vector<std::string> key;  ///< rows matched by these columns; empty: compared in order
};

/// A case being run: the operation hands its outputs over, the runner compares and keeps account.
/// Outputs are named; parts of one by a path with '/' ("sessions/0/bias"). Every leaf that the case
/// expects must be compared, judged or excused by the case itself (`not_compared`), else the case
/// fails.
class Run {
  public:
    /// Reads what the case expects. @throws tb::Error
    explicit Run(const Case& one);

    [[nodiscard]] const Case& input_case() const { return case_; }
    [[nodiscard]] const std::map<std::string, ExpectedOutput>& expected() const {
        return expected_;
    }
    [[nodiscard]] bool expects(std::string_view path) const;
    /// What the case expects at a path (a file's name without "expected_" and ending, a key of
    /// expected.json, and so on down). "expected" names an expected.json that is an array. @throws
    /// tb::Error (data) when there is none
    [[nodiscard]] const Json& expected_value(std::string_view path) const;
    [[nodiscard]] Tolerance tolerance_of(const std::string& path) const;

    /// Tolerance of a by-convention case whose case.json has it in words only: of every output, or
    /// of the leaves with this last key. The case's own `tolerances` stand before it.
    void tolerance(Tolerance all) { default_tolerance_ = all; }
    void tolerance(const std::string& last_key, Tolerance named) {
        named_tolerances_[last_key] = named;
    }

    /// Hands an output (or a part) over to be compared. Outputs that the case does not expect are
    /// ignored.
    void give(const std::string& path, const Json& value);
    /// The same for every member of an object.
    void give_all(const Json& outputs);
    /// Passes when value >= bound (statistical outputs: at least as good as the reference).
    void at_least(const std::string& path, double value, double bound);
    /// The op's own verdict on an output, with the words for a failure line.
    void judge(const std::string& path, bool is_right, const std::string& detail);
    /// An expected.json that repeats inputs: this part is an input, not an output.
    void is_input(const std::string& path);

    /// Called by the runner: adds a failure for each leaf that nobody compared.
    void close();
    [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

  private:
    [[nodiscard]] bool is_excused(const std::string& path) const;
    [[nodiscard]] bool is_judged(const std::string& path) const;
    void fail(const std::string& path, const std::string& detail);

    const Case& case_;
    std::map<std::string, ExpectedOutput> expected_;
    std::vector<std::string> not_compared_;
    std::set<std::string> judged_;
    Tolerance default_tolerance_;
    std::map<std::string, Tolerance> named_tolerances_;
    std::map<std::string, Tolerance> case_tolerances_;
    bool has_case_default_ = false;
    std::vector<std::string> failures_;
};

/// An operation: reads the case, computes, hands over. A thrown tb::Error is the case's error:
/// right when the case has a matching `expected_error`, else a failure.
using Operation = void (*)(const Case& input, Run& run);

/// Adds an operation to those that are known, at program start: `const Registration r("task.x",
/// &x);`
struct Registration {
    Registration(std::string op, Operation operation);
};

[[nodiscard]] const std::map<std::string, Operation>& operations();

/// True when an error is the one that a case expects. Built-in Python names stand for any `data`
/// error.
[[nodiscard]] bool is_expected_error(const Json& expected, const std::exception& error);

struct RunnerOptions {
    std::vector<std::filesystem::path> folders;
    std::vector<std::string> op_prefixes;  ///< empty: all
    bool skip_unknown = false;
};

struct RunnerResult {
    std::size_t passed = 0;
    std::size_t failed = 0;
};

/// Runs every case below the folders, ascending by path, and prints failures, a count per op,
/// skipped unknown ops, and "N passed, N failed". A folder without any case counts as a failure.
RunnerResult run_all(const RunnerOptions& options, std::ostream& out);

/// The whole program. @return 0 when nothing failed, 1 when something did, 2 for wrong arguments
int run_program(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace tb::vectors
