// trialbase status, retry, refresh, graph: what an operator asks of the pipeline.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "app/cli/session_name.hpp"
#include "src/populate/left_keys.hpp"
#include "src/populate/set_aside.hpp"
#include "src/populate/status.hpp"
#include "src/populate/where.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct TableArguments {
    std::vector<std::string> tables;
    std::string where;
    std::vector<std::string> sessions;
    bool dot = false;
    bool ignore = false;
    bool settled = false;
    bool dry_run = false;
};

std::shared_ptr<TableArguments> table_arguments(CLI::App* command) {
    auto arguments = std::make_shared<TableArguments>();
    command->add_option("table", arguments->tables,
                        "computed tables, with or without their schema (all when none is named)");
    return arguments;
}

void print_json(const nlohmann::json& out) {
    std::printf("%s\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

/// The tables asked for, of these the ones to whose keys the condition can be put.
std::vector<populate::TableInfo> tables_of(db::Session& session, const TableArguments& arguments) {
    return populate::tables_with(
        session, populate::select_tables(populate::read_tables(session), arguments.tables),
        arguments.where, !arguments.tables.empty());
}

nlohmann::json json_of_left(const std::vector<populate::LeftKeys>& left, const std::string& table) {
    auto out = nlohmann::json::array();
    for (const auto& one : left) {
        if (one.table != table) continue;
        out.push_back({{"reason", populate::to_string(one.reason)},
                       {"keys", one.count},
                       {"text", one.text()}});
    }
    return out;
}

int run_status(const Context& context, const TableArguments& arguments) {
    auto session = context.connect("status");
    const auto set_aside = populate::read_set_aside(session);
    populate::refuse_set_aside(set_aside, arguments.tables);
    const auto tables = tables_of(session, arguments);
    const auto all = populate::read_status(session, tables);
    const auto differences = populate::version_differences(tables, computed_tables());
    auto left = populate::read_left(session, tables, "");
    populate::judge_left(left, tables, computed_tables());
    if (context.json) {
        auto out = nlohmann::json::array();
        for (const auto& s : all) {
            out.push_back({{"table", s.table},
                           {"code_version", s.code_version},
                           {"keys", s.total},
                           {"done", s.done},
                           {"stale", s.stale},
                           {"pending", s.pending},
                           {"running", s.running},
                           {"error", s.error},
                           {"ignored", s.ignored},
                           {"blocked", s.blocked},
                           {"settled", s.settled},
                           {"program_version", nullptr},
                           {"note", nullptr},
                           {"set_aside", nullptr},
                           {"waiting", json_of_left(left, s.table)}});
            auto& row = out.back();
            if (const auto ours =
                    std::ranges::find(computed_tables(), s.table, &ComputedTable::name);
                ours != computed_tables().end())
                row["program_version"] = ours->code_version;
            for (const auto& one : differences) {
                if (one.table == s.table) row["note"] = one.text();
            }
        }
        if (arguments.tables.empty()) {
            for (const auto& one : set_aside)
                out.push_back(
                    {{"table", one.table}, {"set_aside", one.reason}, {"note", one.text()}});
        }
        print_json(out);
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& s : all) {
        rows.push_back({s.table, with_commas(s.total), with_commas(s.done), with_commas(s.stale),
                        with_commas(s.pending), with_commas(s.running), with_commas(s.error),
                        with_commas(s.ignored), with_commas(s.blocked), with_commas(s.settled)});
    }
    std::printf("%s", text_table({"table", "keys", "done", "stale", "pend", "run", "error", "ign",
                                  "block", "none"},
                                 rows, terminal_width())
                          .c_str());
    std::printf("(none: nothing to compute; stale keys are among pend, run, error and block)\n");
    for (const auto& one : differences)
        std::printf("%s: %s\n", one.table.c_str(), one.text().c_str());
    if (arguments.tables.empty()) {
        for (const auto& one : set_aside)
            std::printf("%s: %s\n", one.table.c_str(), one.text().c_str());
    }
    for (const auto& one : left) {  // what is simply pending, or cannot be had here, stands above
        using Reason = populate::LeftKeys::Reason;
        if (one.reason == Reason::pending || one.reason == Reason::newer ||
            one.reason == Reason::nobody)
            continue;
        std::printf("%s: %s keys %s\n", one.table.c_str(), with_commas(one.count).c_str(),
                    one.text().c_str());
    }
    for (const auto& s : all) {
        if (s.blocked > 0)
            std::printf("%s: %s keys wait for inputs that are stale or failed themselves\n",
                        s.table.c_str(), with_commas(s.blocked).c_str());
    }
    return 0;
}

int run_retry(const Context& context, TableArguments arguments) {
    auto session = context.connect("retry");
    arguments.where = condition_with_sessions(session, arguments.where, arguments.sessions);
    std::vector<std::string> from{"error", "ignored"};
    if (arguments.settled) from.emplace_back("settled");
    std::string to = "pending";
    if (arguments.ignore) {
        from = {"error", "pending"};
        to = "ignored";
    }
    std::int64_t total = 0;
    nlohmann::json out = nlohmann::json::array();
    const auto tables = tables_of(session, arguments);
    if (!arguments.where.empty()) {
        for (const auto& table : tables)
            populate::check_key_condition(session, table, arguments.where);
    }
    for (const auto& table : tables) {
        const auto changed = populate::set_state(session, table, arguments.where, from, to);
        if (changed > 0) out.push_back({{"table", table.name}, {"keys", changed}, {"state", to}});
        if (changed > 0 && !context.json)
            std::printf("%s: %s key(s) now %s\n", table.name.c_str(), with_commas(changed).c_str(),
                        to.c_str());
        total += changed;
    }
    if (context.json) {
        print_json(out);
    } else if (total == 0) {
        std::printf("no key to change\n");
    }
    return 0;
}

int run_refresh(const Context& context, const TableArguments& arguments) {
    auto session = context.connect("refresh");
    const auto results = populate::refresh(session, tables_of(session, arguments));
    nlohmann::json out = nlohmann::json::array();
    std::int64_t mended = 0;
    for (const auto& r : results) {
        out.push_back({{"table", r.table},
                       {"added", r.added},
                       {"removed", r.removed},
                       {"changed", r.changed}});
        const auto sum = r.added + r.removed + r.changed;
        mended += sum;
        if (sum > 0 && !context.json) {
            std::printf("%s: %s added, %s removed, %s changed\n", r.table.c_str(),
                        with_commas(r.added).c_str(), with_commas(r.removed).c_str(),
                        with_commas(r.changed).c_str());
        }
    }
    if (context.json) {
        print_json(out);
    } else if (mended == 0) {
        std::printf("the queue was true: nothing to change\n");
    }
    return 0;
}

int run_graph(const Context& context, const TableArguments& arguments) {
    auto session = context.connect("graph");
    const auto tables = tables_of(session, arguments);
    if (context.json) {
        auto out = nlohmann::json::array();
        for (const auto& t : tables) {
            std::vector<std::string> parts;
            for (const auto& part : t.parts) parts.push_back(part.name);
            out.push_back({{"table", t.name},
                           {"about", t.about},
                           {"code_version", t.code_version},
                           {"parents", t.parents},
                           {"depends_on", t.depends_on},
                           {"parts", parts}});
        }
        print_json(out);
        return 0;
    }
    std::printf(
        "%s", (arguments.dot ? populate::graph_dot(tables) : populate::graph_text(tables)).c_str());
    return 0;
}

template <class Run>
void on_call(CLI::App* command, Context& context, const std::shared_ptr<TableArguments>& arguments,
             Run run) {
    command->callback([&context, arguments, run] {
        context.run = [&context, arguments, run] { return run(context, *arguments); };
    });
}

}  // namespace

void add_status_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("status", "counts per computed table");
    command->footer("Example:\n  trialbase status");
    on_call(command, context, table_arguments(command), run_status);
}

void add_retry_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("retry", "releases failed and ignored keys, or sets keys aside");
    command->footer(
        "Examples:\n  trialbase retry\n  trialbase retry psychometric_fit --where "
        "\"subject_nickname = 'KS014'\"\n  trialbase retry reaction_time --ignore");
    auto arguments = table_arguments(command);
    command->add_option("--where", arguments->where,
                        "SQL condition over the key and its session or subject");
    add_sessions_option(*command, arguments->sessions);
    command->add_flag("--ignore", arguments->ignore, "set failed and pending keys aside instead");
    command->add_flag("--settled", arguments->settled, "also keys that had nothing to compute");
    on_call(command, context, arguments, run_retry);
}

void add_refresh_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand(
        "refresh",
        "recomputes the queues from scratch; finds nothing to change when they are true");
    command->footer("Example:\n  trialbase refresh");
    on_call(command, context, table_arguments(command), run_refresh);
}

void add_graph_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("graph", "the dependency graph of computed tables");
    command->footer("Example:\n  trialbase graph --dot | dot -Tsvg -o graph.svg");
    auto arguments = table_arguments(command);
    command->add_flag("--dot", arguments->dot, "in Graphviz's language");
    on_call(command, context, arguments, run_graph);
}

}  // namespace tb::app
