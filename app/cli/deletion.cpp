#include "app/cli/deletion.hpp"

#include "app/cli/agreement.hpp"
#include "app/cli/print.hpp"

#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::app {
namespace {

std::string text_of(const populate::CascadePlan& plan) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& table : plan.tables) {
        rows.push_back({table.name, with_commas(table.rows), table.tier,
                        table.is_master_of_part ? "master of a part that goes" : ""});
    }
    auto text =
        fmt::format("{}{} rows in all\n", text_table({"table", "rows", "tier", "note"}, rows),
                    with_commas(plan.rows()));
    for (const auto& kept : plan.kept) {
        text += fmt::format("{} rows of {} stay: {} is set to {}\n", with_commas(kept.rows),
                            kept.name, kept.columns, kept.becomes);
    }
    return text;
}

void print(const populate::CascadePlan& plan, std::FILE* out) {
    std::fprintf(out, "%s", text_of(plan).c_str());
    std::fflush(out);
}

/// What would go; where masters may not go along and parts would go without them, with them, so
/// that it can be shown before it is refused.
/// @param refusal  why it cannot be done as it was asked for; empty when it can
populate::CascadePlan preview(db::Session& session, const populate::CascadeRequest& request,
                              std::optional<Error>& refusal) {
    try {
        return populate::preview_cascade(session, request);
    } catch (const Error& error) {
        if (error.sqlstate != "TB009" || request.with_masters) throw;
        refusal = error;
    }
    auto with_masters = request;
    with_masters.with_masters = true;
    return populate::preview_cascade(session, with_masters);
}

/// How a plan differs from the one that was shown.
std::string difference_of(const populate::CascadePlan& shown, const populate::CascadePlan& now) {
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;
    for (const auto& table : shown.tables) counts[table.name].first = table.rows;
    for (const auto& table : now.tables) counts[table.name].second = table.rows;
    for (const auto& kept : shown.kept) counts[kept.name + " (stay)"].first += kept.rows;
    for (const auto& kept : now.kept) counts[kept.name + " (stay)"].second += kept.rows;
    std::string text;
    for (const auto& [name, both] : counts) {
        if (both.first == both.second) continue;
        text += fmt::format("{}{}: {} rows, {} when they were shown", text.empty() ? "" : "; ",
                            name, with_commas(both.second), with_commas(both.first));
    }
    return text.empty() ? "as many rows, but others" : text;
}

}  // namespace

populate::CascadeResult run_deletion(const Context& context, db::Session& session,
                                     const Deletion& deletion) {
    const auto& request = deletion.request;
    populate::CascadeWait wait;
    wait.longest = std::chrono::seconds(deletion.wait_s);
    wait.connect = {context.conninfo(), "trialbase delete", std::nullopt};
    wait.tell = [&](const std::string& who) {
        if (!context.quiet) std::fprintf(stderr, "waiting for rows held by %s\n", who.c_str());
    };
    populate::CascadeResult result;
    const bool is_asked = !deletion.dry_run;
    std::optional<Error> refusal;
    if (deletion.yes && is_asked) {
        try {
            result = populate::delete_cascade(session, request, nullptr, wait);
            if (!context.json && result.plan.rows() > 0) print(result.plan, stdout);
            return result;
        } catch (const Error& error) {
            if (error.sqlstate != "TB009") throw;
            refusal = error;  // what would go is shown first
        }
    }
    result.plan = preview(session, request, refusal);
    if (result.plan.rows() > 0 && (!context.json || is_asked))
        print(result.plan, context.json ? stderr : stdout);
    if (refusal) {
        if (is_asked) throw *refusal;
        std::fprintf(stderr, "deleting them needs more: %s\nhint: %s\n", refusal->what(),
                     refusal->hint().c_str());
        return result;
    }
    while (is_asked && result.plan.rows() > 0 && is_agreed("delete them?", "nothing was deleted")) {
        const auto shown = std::move(result.plan);
        result = populate::delete_cascade(session, request, &shown, wait);
        if (result.is_deleted) break;
        std::fprintf(stderr, "the rows have changed meanwhile: %s\n",
                     difference_of(shown, result.plan).c_str());
        print(result.plan, context.json ? stderr : stdout);
    }
    return result;
}

nlohmann::json json_of(const populate::CascadeResult& result) {
    const auto& plan = result.plan;
    auto tables = nlohmann::json::array();
    for (const auto& table : plan.tables) {
        tables.push_back({{"table", table.name},
                          {"rows", table.rows},
                          {"tier", table.tier},
                          {"note", table.is_master_of_part ? "master of a part that goes" : ""}});
    }
    auto kept = nlohmann::json::array();
    for (const auto& one : plan.kept) {
        kept.push_back({{"table", one.name},
                        {"rows", one.rows},
                        {"columns", one.columns},
                        {"set_to", one.becomes}});
    }
    return {
        {"deleted", result.is_deleted}, {"rows", plan.rows()}, {"tables", tables}, {"kept", kept}};
}

}  // namespace tb::app
