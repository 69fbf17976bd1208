#include "tests/vectors/runner.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <fnmatch.h>

namespace tb::vectors {

namespace {

namespace fs = std::filesystem;

std::map<std::string, Operation>& registry() {
    static std::map<std::string, Operation> all;
    return all;
}

const Json null_json;

/// Contents of a file as JSON, by its ending.
Json file_as_json(const fs::path& file) {
    const auto ending = file.extension().string();
    if (ending == ".npy") return npy_as_json(file);
    if (ending == ".json") return read_json(file);
    if (ending == ".csv") {
        const auto table = read_csv_text(file);
        Json out = Json::object();
        for (std::size_t i = 0; i < table.names.size(); ++i) out[table.names[i]] = table.columns[i];
        return out;
    }
    throw Error(ErrorKind::data, file.filename().string() + ": no reader for this ending",
                "An op reads other files itself with path_of().");
}

bool names_a_file(const Json& value) {
    if (!value.is_string()) return false;
    const auto ending = fs::path(value.get<std::string>()).extension().string();
    return ending == ".npy" || ending == ".csv" || ending == ".json" || ending == ".pqt" ||
           ending == ".parquet" || ending == ".h5" || ending == ".npz" || ending == ".jsonable";
}

std::string last_name(const std::string& path) {
    std::size_t end = path.size();
    while (end > 0) {
        const auto slash = path.rfind('/', end - 1);
        const auto begin = slash == std::string::npos ? 0 : slash + 1;
        const auto part = path.substr(begin, end - begin);
        const bool is_index =
            !part.empty() && std::all_of(part.begin(), part.end(),
                                         [](unsigned char c) { return std::isdigit(c) != 0; });
        if (!is_index || begin == 0) return part;
        end = begin - 1;
    }
    return path;
}

Tolerance tolerance_in(const Json& spec) {
    Tolerance out;
    if (spec.contains("rtol")) out.rtol = as_number(spec.at("rtol")).value_or(0.0);
    if (spec.contains("atol")) out.atol = as_number(spec.at("atol")).value_or(0.0);
    return out;
}

/// Python's own exceptions: a refusal without a name that the specification gives.
bool is_built_in(const std::string& type) {
    static const std::set<std::string> names = {"ValueError",        "AssertionError",
                                                "IndexError",        "TypeError",
                                                "KeyError",          "Exception",
                                                "RuntimeError",      "IOError",
                                                "FileNotFoundError", "OSError",
                                                "ArithmeticError",   "AttributeError",
                                                "LookupError",       "NotImplementedError",
                                                "ZeroDivisionError"};
    return names.contains(type);
}

fs::path shared_folder() {
    if (const char* set = std::getenv("TRIALBASE_SHARED")) return set;
    return {};
}

void find_cases(const fs::path& folder, std::vector<fs::path>& found) {
    if (fs::is_regular_file(folder / "case.json")) found.push_back(folder);
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory() && !entry.is_symlink()) find_cases(entry.path(), found);
    }
}

struct Outcome {
    bool passed = false;
    std::vector<std::string> failures;
};

Outcome run_case(const Case& one, Operation operation) {
    Outcome out;
    const bool must_fail = one.document().contains("expected_error");
    try {
        Run run(one);
        try {
            operation(one, run);
            if (must_fail) {
                out.failures.push_back(
                    "expected_error: " + one.document().at("expected_error").dump() +
                    ", but the input was accepted");
                return out;
            }
        } catch (const std::exception& e) {
            if (!must_fail) throw;
            if (is_expected_error(one.document().at("expected_error"), e)) {
                out.passed = true;
            } else {
                out.failures.push_back("expected_error: want " +
                                       one.document().at("expected_error").dump() +
                                       ", got: " + e.what());
            }
            return out;
        }
        run.close();
        out.failures = run.failures();
    } catch (const std::exception& e) {
        out.failures.push_back(std::string("error: ") + e.what());
    }
    out.passed = out.failures.empty();
    return out;
}

}  // namespace

Case::Case(fs::path folder) : folder_(std::move(folder)) {
    document_ = read_json(folder_ / "case.json");
    if (!document_.is_object()) throw Error(ErrorKind::data, "case.json: expected an object");
    if (!document_.contains("op") || !document_.at("op").is_string()) {
        throw Error(ErrorKind::data, "case.json: expected a text op");
    }
    op_ = document_.at("op").get<std::string>();
    if (document_.contains("params") && document_.at("params").is_object()) {
        params_ = document_.at("params");
    }
    if (document_.contains("inputs") && document_.at("inputs").is_object()) {
        inputs_ = document_.at("inputs");
    } else if (fs::exists(folder_ / "input.json")) {
        auto read = read_json(folder_ / "input.json");
        if (read.is_object()) inputs_ = std::move(read);
    }
}

const Json& Case::param(std::string_view name) const {
    const auto found = params_.find(std::string(name));
    return found == params_.end() ? null_json : *found;
}

double Case::number_param(std::string_view name) const {
    const auto& value = param(name);
    const auto number = value.is_null() ? std::nullopt : as_number(value);
    if (!number) {
        throw Error(ErrorKind::data,
                    fmt::format("parameter {}: expected a number, got {}", name, value.dump()), {},
                    "TypeError");
    }
    return *number;
}

double Case::number_param(std::string_view name, double otherwise) const {
    return has_param(name) ? number_param(name) : otherwise;
}

std::string Case::text_param(std::string_view name) const {
    const auto& value = param(name);
    if (!value.is_string()) {
        throw Error(ErrorKind::data,
                    fmt::format("parameter {}: expected text, got {}", name, value.dump()), {},
                    "TypeError");
    }
    return value.get<std::string>();
}

std::vector<double> Case::numbers_param(std::string_view name) const {
    return as_numbers(param(name), fmt::format("parameter {}", name));
}

bool Case::has_input(std::string_view name) const {
    const std::string key(name);
    if (inputs_.contains(key)) return true;
    return fs::exists(folder_ / (key + ".npy")) || fs::exists(folder_ / (key + ".csv")) ||
           fs::exists(folder_ / (key + ".json"));
}

Json Case::input(std::string_view name) const {
    const std::string key(name);
    if (inputs_.contains(key)) {
        const auto& value = inputs_.at(key);
        return names_a_file(value) ? file_as_json(path_of(name)) : value;
    }
    return file_as_json(path_of(name));
}

std::vector<double> Case::numbers(std::string_view name) const {
    return as_numbers(input(name), fmt::format("input {}", name));
}

CsvText Case::csv(std::string_view name) const {
    return read_csv_text(path_of(name));
}

fs::path Case::path_of(std::string_view name_or_path) const {
    std::string text(name_or_path);
    if (inputs_.contains(text) && inputs_.at(text).is_string()) {
        text = inputs_.at(text).get<std::string>();
    }
    std::vector<fs::path> roots = {folder_};
    for (auto up = fs::absolute(folder_).lexically_normal().parent_path();
         roots.size() < 8 && up != up.root_path(); up = up.parent_path()) {
        roots.push_back(up);
    }
    if (const auto shared = shared_folder(); !shared.empty()) {
        roots.push_back(shared);
        roots.push_back(shared / "vectors");
    }
    for (const auto& root : roots) {
        if (fs::exists(root / text)) return root / text;
        if (root != folder_) continue;
        for (const char* ending : {".npy", ".csv", ".json"}) {
            if (fs::exists(root / (text + ending))) return root / (text + ending);
        }
    }
    throw Error(ErrorKind::io, "no file for input " + text + " beside the case");
}

Run::Run(const Case& one) : case_(one) {
    const auto& document = one.document();
    if (document.contains("not_compared")) {
        for (const auto& pattern : document.at("not_compared"))
            not_compared_.push_back(pattern.get<std::string>());
    }
    if (document.contains("tolerances")) {
        for (const auto& [name, spec] : document.at("tolerances").items()) {
            auto tolerance = tolerance_in(spec);
            tolerance.for_integers = name != "default";
            if (name == "default") has_case_default_ = true;
            case_tolerances_[name] = tolerance;
        }
    }
    if (document.contains("expected")) {
        for (const auto& [name, spec] : document.at("expected").items()) {
            ExpectedOutput output;
            if (spec.is_object() && spec.contains("file")) {
                const auto file = one.folder() / spec.at("file").get<std::string>();
                output.value = file_as_json(file);
                output.text_cells = file.extension() == ".csv";
            } else if (spec.is_object() && spec.contains("value")) {
                output.value = spec.at("value");
            } else {
                throw Error(ErrorKind::data, "case.json: expected output " + name +
                                                 " has neither a file nor a value");
            }
            output.tolerance = tolerance_in(spec);
            output.has_tolerance = output.tolerance.for_integers =
                spec.contains("rtol") || spec.contains("atol");
            output.statistical = spec.value("statistical", false);
            // A tolerance of each column.
            for (const char* kind : {"rtol", "atol"}) {
                if (!spec.contains(kind) || !spec.at(kind).is_object()) continue;
                for (const auto& [column, tolerance] : spec.at(kind).items()) {
                    auto& named = case_tolerances_[column];
                    (kind[0] == 'r' ? named.rtol : named.atol) = as_number(tolerance).value_or(0.0);
                }
            }
            // Without a key the op brings its rows into the order of those that are expected.
            if (spec.contains("key") && !spec.at("key").is_null()) {
                if (spec.at("key").is_array())
                    output.key = spec.at("key").get<std::vector<std::string>>();
                else
                    output.key = {spec.at("key").get<std::string>()};
            }
            expected_[name] = std::move(output);
        }
        return;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(one.folder())) {
        const auto name = entry.path().filename().string();
        if (entry.is_regular_file() && name.starts_with("expected")) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        auto value = file_as_json(file);
        auto name = file.stem().string();
        if (name.starts_with("expected_")) name = name.substr(9);
        if (file.filename() == "expected.json" && value.is_object()) {
            for (const auto& [key, inner] : value.items()) expected_[key].value = inner;
            continue;
        }
        if (expected_.contains(name)) name = file.filename().string();
        expected_[name].value = std::move(value);
        expected_[name].text_cells = file.extension() == ".csv";
    }
    if (expected_.empty() && !document.contains("expected_error")) {
        throw Error(ErrorKind::data, "the case expects nothing");
    }
}

bool Run::expects(std::string_view path) const {
    try {
        (void)expected_value(path);
        return true;
    } catch (const Error&) {
        return false;
    }
}

const Json& Run::expected_value(std::string_view path) const {
    const std::string text(path);
    auto slash = text.find('/');
    const auto found = expected_.find(text.substr(0, slash));
    const auto missing = [&] {
        return Error(ErrorKind::data, "the case expects no output " + text);
    };
    if (found == expected_.end()) throw missing();
    const Json* here = &found->second.value;
    while (slash != std::string::npos) {
        const auto begin = slash + 1;
        slash = text.find('/', begin);
        const auto part = text.substr(begin, slash == std::string::npos ? slash : slash - begin);
        if (here->is_object() && here->contains(part)) {
            here = &here->at(part);
        } else if (here->is_array() && !part.empty() && part.size() < 10 &&
                   std::all_of(part.begin(), part.end(),
                               [](unsigned char c) { return std::isdigit(c) != 0; }) &&
                   std::stoul(part) < here->size()) {
            here = &here->at(std::stoul(part));
        } else {
            throw missing();
        }
    }
    return *here;
}

Tolerance Run::tolerance_of(const std::string& path) const {
    const auto last = last_name(path);
    const auto output = expected_.find(path.substr(0, path.find('/')));
    if (const auto named = case_tolerances_.find(last); named != case_tolerances_.end()) {
        return named->second;
    }
    if (output != expected_.end() && output->second.has_tolerance) return output->second.tolerance;
    if (has_case_default_) return case_tolerances_.at("default");
    if (const auto named = named_tolerances_.find(last); named != named_tolerances_.end()) {
        return named->second;
    }
    return default_tolerance_;
}

bool Run::is_excused(const std::string& path) const {
    for (const auto& pattern : not_compared_) {
        if (fnmatch(pattern.c_str(), path.c_str(), 0) == 0) return true;
        std::size_t begin = 0;
        while (begin <= path.size()) {
            const auto end = std::min(path.find('/', begin), path.size());
            if (fnmatch(pattern.c_str(), path.substr(begin, end - begin).c_str(), 0) == 0)
                return true;
            begin = end + 1;
        }
    }
    return false;
}

bool Run::is_judged(const std::string& path) const {
    for (auto end = path.size(); end != std::string::npos; end = path.rfind('/', end - 1)) {
        if (judged_.contains(path.substr(0, end))) return true;
        if (end == 0) break;
    }
    return false;
}

void Run::fail(const std::string& path, const std::string& detail) {
    failures_.push_back(path + ": " + detail);
}

void Run::give(const std::string& path, const Json& value) {
    if (!expects(path) || is_excused(path) || is_judged(path)) return;
    const auto& output = expected_.at(path.substr(0, path.find('/')));
    ComparisonRules rules;
    rules.tolerance = [this](const std::string& leaf) { return tolerance_of(leaf); };
    rules.skip = [this](const std::string& leaf) { return is_excused(leaf) || is_judged(leaf); };
    rules.text_cells = output.text_cells;
    const auto& want = expected_value(path);
    // A table may be given as columns or as rows, whichever form the case has it in.
    const bool is_table = output.text_cells && path.find('/') == std::string::npos;
    const auto found = is_table && !output.key.empty()
                           ? compare_rows(want, value, output.key, path, rules)
                       : is_table && value.is_array() ? compare(as_rows(want), value, path, rules)
                                                      : compare(want, value, path, rules);
    if (found) {
        auto detail = found->detail;
        if (found->count > 1) detail += fmt::format(" (worst of {} that differ)", found->count);
        fail(found->path, detail);
    }
    judged_.insert(path);
}

void Run::give_all(const Json& outputs) {
    for (const auto& [name, value] : outputs.items()) give(name, value);
}

void Run::at_least(const std::string& path, double value, double bound) {
    judge(path, value >= bound,
          fmt::format("got {:.17g}, want at least {:.17g}, short by {:.3g}", value, bound,
                      bound - value));
}

void Run::judge(const std::string& path, bool is_right, const std::string& detail) {
    if (!is_right) fail(path, detail);
    judged_.insert(path);
}

void Run::is_input(const std::string& path) {
    judged_.insert(path);
}

void Run::close() {
    std::size_t compared = 0;
    for (const auto& [name, output] : expected_) {
        std::size_t missed = 0;
        std::string first;
        for_each_leaf(output.value, name, [&](const std::string& leaf) {
            if (is_excused(leaf)) return;
            if (is_judged(leaf)) {
                ++compared;
            } else {
                if (missed++ == 0) first = leaf;
            }
        });
        if (missed == 1) fail(first, "expected output was never compared");
        if (missed > 1) fail(first, fmt::format("{} expected values were never compared", missed));
    }
    if (compared == 0 && failures_.empty()) fail("expected", "nothing was compared");
}

Registration::Registration(std::string op, Operation operation) {
    if (!registry().emplace(op, operation).second) {
        std::cerr << "op registered twice: " << op << '\n';
        std::abort();
    }
}

const std::map<std::string, Operation>& operations() {
    return registry();
}

bool is_expected_error(const Json& expected, const std::exception& error) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    if (ours == nullptr) return false;
    std::string type;
    if (expected.is_string()) type = expected.get<std::string>();
    if (expected.is_object()) type = expected.value("type", expected.value("kind", std::string()));
    if (type.empty() || is_built_in(type)) return ours->kind() == ErrorKind::data;
    return ours->type() == type || to_string(ours->kind()) == type;
}

RunnerResult run_all(const RunnerOptions& options, std::ostream& out) {
    RunnerResult result;
    std::map<std::string, RunnerResult> per_op;
    std::map<std::string, std::size_t> unknown;
    const auto failure = [&](const std::string& name, const std::string& line) {
        out << "FAIL " << name << ": " << line << '\n';
    };
    for (const auto& folder : options.folders) {
        std::vector<fs::path> found;
        if (fs::is_directory(folder)) find_cases(folder, found);
        if (found.empty()) {
            failure(folder.string(), "no case.json below this folder");
            ++result.failed;
        }
        std::sort(found.begin(), found.end());
        for (const auto& path : found) {
            std::string op = "(unreadable)";
            Outcome outcome;
            try {
                const Case one(path);
                op = one.op();
                if (!options.op_prefixes.empty() &&
                    std::none_of(options.op_prefixes.begin(), options.op_prefixes.end(),
                                 [&](const std::string& p) { return op.starts_with(p); })) {
                    continue;
                }
                const auto known = operations().find(op);
                if (known == operations().end()) {
                    if (options.skip_unknown) {
                        ++unknown[op];
                        continue;
                    }
                    outcome.failures.push_back("unknown op " + op);
                } else {
                    outcome = run_case(one, known->second);
                }
            } catch (const std::exception& e) {
                outcome.failures.push_back(std::string("error: ") + e.what());
            }
            for (const auto& line : outcome.failures) failure(path.filename().string(), line);
            ++(outcome.passed ? result.passed : result.failed);
            ++(outcome.passed ? per_op[op].passed : per_op[op].failed);
        }
    }
    for (const auto& [op, count] : per_op) {
        out << fmt::format("{}: {} passed, {} failed\n", op, count.passed, count.failed);
    }
    for (const auto& [op, count] : unknown) {
        out << fmt::format("skipped {}: {} cases, unknown op\n", op, count);
    }
    if (per_op.empty() && unknown.empty() && result.failed == 0) {
        out << "FAIL: no case was run\n";
        ++result.failed;
    }
    out << fmt::format("{} passed, {} failed\n", result.passed, result.failed);
    return result;
}

int run_program(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
    const auto usage = [](std::ostream& to) {
        to << "example: trialbase_vectors --op behavior.psychometric vectors/ibl_behavior\n"
              "usage: trialbase_vectors [--op PREFIX]... [--skip-unknown] DIR...\n"
              "       trialbase_vectors --list\n"
              "  --op PREFIX      run only ops that begin with PREFIX (may be repeated)\n"
              "  --skip-unknown   list ops that have no implementation instead of failing them\n"
              "  --list           name the known ops\n";
    };
    RunnerOptions options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& argument = arguments[i];
        if (argument == "--help" || argument == "-h") {
            usage(out);
            return 0;
        }
        if (argument == "--list") {
            for (const auto& [op, operation] : operations()) out << op << '\n';
            return 0;
        }
        if (argument == "--skip-unknown") {
            options.skip_unknown = true;
        } else if (argument == "--op" && i + 1 < arguments.size()) {
            options.op_prefixes.push_back(arguments[++i]);
        } else if (argument.starts_with("--op=")) {
            options.op_prefixes.push_back(argument.substr(5));
        } else if (argument.starts_with("-")) {
            err << "unknown or incomplete argument " << argument << '\n';
            usage(err);
            return 2;
        } else {
            options.folders.emplace_back(argument);
        }
    }
    if (options.folders.empty()) {
        err << "expected at least one folder\n";
        usage(err);
        return 2;
    }
    return run_all(options, out).failed == 0 ? 0 : 1;
}

}  // namespace tb::vectors
