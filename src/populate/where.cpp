#include "src/populate/where.hpp"

#include "src/base/nearest.hpp"
#include "src/populate/batch.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tb::populate {

namespace {

/// Whether the server blames the condition's text, and not rights, the schema or itself.
bool is_of_text(const std::string& sqlstate) {
    return (sqlstate.starts_with("42") && sqlstate != "42501") || sqlstate.starts_with("22") ||
           sqlstate.starts_with("0A") || sqlstate.starts_with("21") || sqlstate.starts_with("3F");
}

/// The unknown name in the server's message: in double quotes, or `column a.b does not exist`.
std::string unknown_name(const std::string& message) {
    if (const auto open = message.find('"'); open != message.npos) {
        const auto close = message.find('"', open + 1);
        if (close != message.npos) return message.substr(open + 1, close - open - 1);
    }
    const auto end = message.find(" does not exist");
    if (end == message.npos) return {};
    const auto begin = message.find_last_of(" .", end - 1);
    return begin == message.npos ? std::string() : message.substr(begin + 1, end - begin - 1);
}

/// The key source with its context, all columns; the condition is put to it.
std::string everything(db::Session& session, const TableInfo& table) {
    auto text = restricted_source(session, table, "true");
    return text.replace(0, text.find(" from "), "select *");
}

std::vector<std::string> columns_of(db::Session& session, const TableInfo& table) {
    const auto none = session.exec(
        {"columns", "select * from (" + everything(session, table) + ") as k limit 0"});
    std::vector<std::string> names;
    for (std::size_t c = 0; c < none.columns(); ++c) {
        std::string name(none.column_name(c));
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    return names;
}

std::optional<Error> refusal(db::Session& session, const TableInfo& table,
                             const std::string& where) {
    try {
        session.exec({"--where", fmt::format("select from ({}) as k limit 0",
                                             restricted_source(session, table, where))});
        return std::nullopt;
    } catch (const Error& error) {
        if (!is_of_text(error.sqlstate)) throw;
        std::string message(error.what());
        if (const auto colon = message.find(": "); colon != message.npos)
            message = message.substr(colon + 2);
        return Error(
            ErrorKind::usage,
            fmt::format("cannot use --where \"{}\" on the keys of {}: {}", where, table.name,
                        message),
            suggestion(unknown_name(message), columns_of(session, table), "Columns it may use"));
    }
}

}  // namespace

std::vector<TableInfo> tables_with(db::Session& session, const std::vector<TableInfo>& tables,
                                   const std::string& where, bool needs_all) {
    if (where.empty()) return tables;
    std::vector<TableInfo> good;
    std::optional<Error> first;
    for (const auto& table : tables) {
        auto error = refusal(session, table, where);
        if (!error) {
            good.push_back(table);
        } else if (!first) {
            first = std::move(error);
        }
    }
    if (first && (needs_all || good.empty())) throw *first;
    return good;
}

}  // namespace tb::populate
