#include "app/cli/query_empty.hpp"

#include "src/base/nearest.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tb::app {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

/// Parameters that stand for patterns of names, and where these names are.
struct Names {
    std::string_view parameter, plural, select;
};
constexpr std::array<Names, 7> known_names{{
    {"lab", "labs", "select lab_name from core.lab"},
    {"subject", "subjects", "select distinct nickname from core.subject"},
    {"nickname", "subjects", "select distinct nickname from core.subject"},
    {"protocol", "protocols",
     "select distinct task_protocol from analysis.session where task_protocol is not null"},
    {"project", "projects", "select project_name from core.project"},
    {"user", "people", "select user_name from core.member"},
    {"source", "sources", "select distinct source from core.session"},
}};

/// What a pattern (of like) says without its wildcards.
std::string without_wildcards(std::string text) {
    std::erase(text, '%');
    return text;
}

std::optional<std::string> nothing_fits(db::Session& session, const Names& names,
                                        const std::string& pattern) {
    const auto found = session.exec(
        {"names", fmt::format("select name, name like $1 as fits from ({}) as n (name) order by "
                              "fits desc, name limit 10000",
                              names.select)},
        db::Params().text(pattern));
    if (found.rows() > 0 && found.get<bool>(0, "fits")) return std::nullopt;
    std::vector<std::string> all;
    for (std::size_t row = 0; row < found.rows(); ++row)
        all.push_back(found.get<std::string>(row, "name"));
    if (all.empty()) return fmt::format("there are no {} yet", names.plural);
    constexpr std::size_t shown = 12;
    std::string list;
    for (std::size_t i = 0; i < std::min(shown, all.size()); ++i)
        list += (i == 0 ? "" : ", ") + all[i];
    if (all.size() > shown) list += fmt::format(" and {} more", all.size() - shown);
    const auto meant = nearest(without_wildcards(pattern), all);
    return fmt::format("no {} is like '{}'{}; {} are {}", names.parameter, pattern,
                       meant ? fmt::format(" (did you mean {}?)", *meant) : std::string(),
                       names.plural, list);
}

/// The value with which a parameter leaves nothing out.
std::optional<std::string> widest_value(const QueryParameter& parameter) {
    if (!parameter.default_value) return std::nullopt;
    if (parameter.widest) return parameter.widest;
    const bool is_of_default = parameter.name == "include_excluded" ||
                               parameter.name == "include_simulated" ||
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

std::string why_empty(db::Session& session, const Query& query, const Values& values) {
    std::string text;
    for (const auto& names : known_names) {
        const auto given = values.find(names.parameter);
        const auto declared =
            std::ranges::find(query.parameters, names.parameter, &QueryParameter::name);
        if (given == values.end() || declared == query.parameters.end()) continue;
        if (declared->type != "text") continue;
        if (const auto said = nothing_fits(session, names, given->second)) text += *said + "\n";
    }
    return text + left_out_by_default(session, query, values);
}

}  // namespace tb::app
