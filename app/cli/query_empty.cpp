#include "app/cli/query_empty.hpp"

#include "src/base/nearest.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tb::app {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

/// What a pattern (of like) says without its wildcards.
std::string without_wildcards(std::string text) {
    std::erase(text, '%');
    return text;
}

/// A select of all names, from columns and words.
std::string select_of(const db::Session& session, std::span<const KnownNames> names) {
    std::string select;
    for (const auto& one : names) {
        select += select.empty() ? "" : " union ";
        if (one.relation.empty()) {
            select += "select " + session.quote_literal(one.word);
        } else {
            const auto column = session.quote_identifier(one.column);
            select += fmt::format("select {0}::text from {1} where {0} is not null", column,
                                  one.relation);
        }
    }
    return select;
}

/// The names that a parameter without any of its own takes from the program's queries, where all
/// parameters of its name agree.
std::span<const KnownNames> names_of(const QueryParameter& parameter) {
    if (!parameter.names.empty()) return parameter.names;
    std::span<const KnownNames> found;
    for (const auto& query : named_queries()) {
        for (const auto& one : query.parameters) {
            if (one.name != parameter.name || one.names.empty()) continue;
            if (!found.empty() && !std::ranges::equal(found, one.names)) return {};
            found = one.names;
        }
    }
    return found;
}

/// The value with which a parameter leaves nothing out.
std::optional<std::string> widest_value(const QueryParameter& parameter) {
    if (!parameter.default_value) return std::nullopt;
    if (parameter.widest) return parameter.widest;
    const bool is_of_default = parameter.name == "include_excluded" ||
                               parameter.name == "include_simulated" ||
                               parameter.name == "include_inferred" ||
                               parameter.name == "excluded" || parameter.name == "simulated";
    if (is_of_default && parameter.type == "boolean" && *parameter.default_value == "false")
        return "true";
    if (parameter.name == "source" && *parameter.default_value != "%") return "%";
    return std::nullopt;
}

std::string left_out_by_default(db::Session& session, const Query& query, const Values& values) {
    auto wide = values;
    std::string how;
    for (const auto& parameter : query.parameters) {
        const auto widest = widest_value(parameter);
        if (!widest || values.contains(parameter.name)) continue;
        wide[parameter.name] = *widest;
        how += fmt::format(" --param {}={}", parameter.name, *widest);
    }
    if (how.empty()) return {};
    const auto statement = bind_query(
        query, wide, [&](std::string_view value) { return session.quote_literal(value); });
    const auto count =
        session
            .exec({"query " + query.name, "select count(*) from (\n" + statement + "\n) as answer"})
            .get<std::int64_t>(0, std::size_t{0});
    if (count == 0) return {};
    return fmt::format("{} {} left out by default; with{} {}\n", count,
                       count == 1 ? "row was" : "rows were", how,
                       count == 1 ? "it is shown" : "they are shown");
}

}  // namespace

std::optional<std::string> nothing_fits(db::Session& session, const GivenPattern& given) {
    const auto found = session.exec(
        {"names",
         fmt::format("select distinct name, name {} $1 as fits from ({}) as n (name) order by "
                     "fits desc, name limit 10000",
                     given.any_case ? "ilike" : "like", select_of(session, given.names))},
        db::Params().text(given.pattern));
    if (found.rows() > 0 && found.get<bool>(0, "fits")) return std::nullopt;
    std::vector<std::string> all;
    for (std::size_t row = 0; row < found.rows(); ++row)
        all.push_back(found.get<std::string>(row, "name"));
    if (all.empty())
        return fmt::format("no {0} is like '{1}': there is none yet", given.what, given.pattern);
    constexpr std::size_t shown = 12;
    std::string list;
    for (std::size_t i = 0; i < std::min(shown, all.size()); ++i)
        list += (i == 0 ? "" : ", ") + all[i];
    if (all.size() > shown) list += fmt::format(" and {} more", all.size() - shown);
    const auto meant = nearest(without_wildcards(given.pattern), all);
    return fmt::format("no {} is like '{}'{}; there {} {}", given.what, given.pattern,
                       meant ? fmt::format(" (did you mean {}?)", *meant) : std::string(),
                       all.size() == 1 ? "is" : "are", list);
}

std::string why_empty(db::Session& session, const Query& query, const Values& values) {
    std::string text;
    for (const auto& parameter : query.parameters) {
        const auto given = values.find(parameter.name);
        if (given == values.end() || parameter.type != "text") continue;
        const auto names = names_of(parameter);
        // The widest pattern leaves out nothing, whatever there is.
        if (names.empty() || given->second == "%") continue;
        // Words are few, and a query takes them as it likes.
        const bool is_of_words =
            std::ranges::all_of(names, &std::string::empty, &KnownNames::relation);
        const auto said =
            nothing_fits(session, {parameter.name, given->second, names, is_of_words});
        if (said) text += *said + "\n";
    }
    return text + left_out_by_default(session, query, values);
}

}  // namespace tb::app
