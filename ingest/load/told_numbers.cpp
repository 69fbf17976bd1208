#include "ingest/load/told_numbers.hpp"

#include "ingest/load/statements.hpp"
#include "src/base/uuid.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

#include <fmt/format.h>

namespace tb::load {
namespace {

bool is_number(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Of a session's numbers the one that its key was made of; else all of them.
std::string number_of_key(const std::string& numbers, const std::string& source,
                          const std::string& session_id) {
    std::istringstream words(numbers);
    for (std::string word; words >> word;)
        if (source_uuid(source, word).to_string() == session_id) return word;
    return numbers;
}

[[noreturn]] void refuse(const SessionRecord& session, const std::string& name,
                         const std::string& number, const std::string& told_by) {
    throw Error(ErrorKind::data,
                fmt::format("{}: the file says behaviour session {}; by {} its {} belongs to "
                            "behaviour session {}",
                            session.origin, session.own_identifier, told_by, name, number),
                "One of the two is wrong: compare the file with its manifest (--check), or fetch "
                "it again.",
                "SessionMismatch");
}

}  // namespace

void ToldNumbers::require(db::Session& database, const SessionRecord& session) {
    if (!is_number(session.own_identifier)) return;
    std::vector<std::string> names;
    for (const auto& alias : session.aliases)
        if (alias.identifier != session.own_identifier) names.push_back(alias.identifier);
    if (names.empty()) return;
    const auto rows = database.exec(
        statement("allen_numbers_told"),
        db::Params().text(session.source).text(session.own_identifier).text_array(names));
    if (rows.rows() > 0) {
        const auto number = number_of_key(rows.get<std::string>(0, "number"), session.source,
                                          rows.get<std::string>(0, "session_id"));
        refuse(session, rows.get<std::string>(0, "name"), number,
               rows.get<std::string>(0, "told_by"));
    }
    const std::lock_guard lock(mutex_);
    for (const auto& name : names) {
        const auto told = told_.find(session.source + ":" + name);
        if (told != told_.end() && told->second.number != session.own_identifier)
            refuse(session, name, told->second.number, "the file " + told->second.file);
    }
    for (const auto& name : names)
        told_.try_emplace(session.source + ":" + name,
                          Told{session.own_identifier, session.origin});
}

}  // namespace tb::load
