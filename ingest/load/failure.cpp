#include "ingest/load/failure.hpp"

#include "ingest/load/statements.hpp"
#include "ingest/load/stored_text.hpp"
#include "src/base/uuid.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tb::load {

Failure failure_of(const Error& error, std::string source, std::string identifier, std::string lab,
                   std::string file) {
    Failure failure{std::move(source), std::move(identifier), std::move(lab), error.type(),
                    error.what(),      error.hint(),          std::move(file)};
    if (!failure.type.empty()) return failure;
    if (error.sqlstate.starts_with("23")) {
        failure.type = "ConstraintViolation";
    } else if (error.kind() == ErrorKind::io) {
        failure.type = "UnreadableFile";
    } else if (error.kind() == ErrorKind::usage) {
        failure.type = "Usage";
    } else if (error.kind() == ErrorKind::data) {
        failure.type = "InvalidData";
    } else {
        failure.type = "LoadError";
    }
    return failure;
}

bool is_hopeless(const Error& error) {
    return error.kind() == ErrorKind::unavailable ||
           (error.kind() == ErrorKind::io && !error.sqlstate.empty()) || error.sqlstate == "42501";
}

void record_failure(db::Session& database, const Failure& failure) {
    std::optional<std::string> hint;
    std::optional<std::string> lab;
    std::optional<std::string> key;
    if (!failure.hint.empty()) hint = cut(failure.hint, longest_message);
    if (!failure.lab.empty()) lab = cut(failure.lab, longest_name);
    if (failure.names_session ||
        (std::ranges::count(failure.identifier, '/') == 3 && !failure.lab.empty())) {
        key = source_uuid(failure.source, failure.identifier).to_string();
    }
    database.exec_prepared(statement("error"), db::Params()
                                                   .text(failure.source)
                                                   .text(cut(failure.identifier, longest_message))
                                                   .text(cut(failure.type, longest_name))
                                                   .text(cut(failure.message, longest_message))
                                                   .text(hint)
                                                   .text(cut(failure.file, longest_message))
                                                   .text(key)
                                                   .text(lab));
}

void resolve_search(db::Session& database, std::span<const std::filesystem::path> places,
                    std::span<const std::string> met) {
    std::vector<std::string> paths, cut_met;
    for (const auto& place : places) {
        auto path = place.generic_string();
        while (path.size() > 1 && path.back() == '/') path.pop_back();
        paths.push_back(db::sanitize_text(path));
    }
    for (const auto& one : met) cut_met.push_back(cut(one, longest_message));  // as it was kept
    database.exec(statement("errors_of_search_resolved"),
                  db::Params().text_array(paths).text_array(cut_met));
}

}  // namespace tb::load
