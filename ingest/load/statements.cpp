#include "ingest/load/statements.hpp"

#include "embedded/load_sql.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tb::load {

db::Sql statement(std::string_view name) {
    const auto slash = name.find('/');
    const auto path = slash == name.npos
                          ? fmt::format("ingest/load/sql/{}.sql", name)
                          : fmt::format("ingest/load/{}/sql/{}.sql", name.substr(0, slash),
                                        name.substr(slash + 1));
    for (const auto& file : embedded::load_sql()) {
        if (file.path == path) return {fmt::format("{}.sql", name), std::string(file.text)};
    }
    throw Error(ErrorKind::internal, fmt::format("no statement {} is built in", path));
}

db::Sql statement(std::string_view name, std::initializer_list<Replaced> words) {
    auto found = statement(name);
    // Comments at its head explain the words.
    while (found.text.starts_with("--")) {
        const auto end = found.text.find('\n');
        found.text.erase(0, end == std::string::npos ? found.text.size() : end + 1);
    }
    std::string text;
    std::string_view rest = found.text;
    std::set<std::string_view> met;
    while (!rest.empty()) {
        const auto open = std::min(rest.find('{'), rest.size());
        text += rest.substr(0, open);
        rest.remove_prefix(open);
        const auto replaced = std::ranges::find_if(words, [&](const Replaced& one) {
            return rest.size() > one.word.size() + 1 && rest.substr(1).starts_with(one.word) &&
                   rest[one.word.size() + 1] == '}';
        });
        if (replaced != words.end()) {
            text += replaced->text;
            met.insert(replaced->word);
            rest.remove_prefix(replaced->word.size() + 2);
        } else if (!rest.empty()) {
            text += rest.front();
            rest.remove_prefix(1);
        }
    }
    if (met.size() != words.size())
        throw Error(ErrorKind::internal, fmt::format("statement {} has other words in braces than "
                                                     "are replaced",
                                                     name));
    found.text = std::move(text);
    return found;
}

db::Session::Step step(std::string_view name, db::Params params) {
    return {statement(name), std::move(params), db::Format::text, true};
}

db::Session::Step delete_step(std::string_view table, std::span<const std::string> session_ids) {
    return {{fmt::format("delete from {}", table),
             fmt::format("delete from {} where session_id = any ($1::text[]::uuid[])", table)},
            db::Params().text_array(session_ids),
            db::Format::text,
            true};
}

}  // namespace tb::load
