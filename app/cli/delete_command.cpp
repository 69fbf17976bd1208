// trialbase delete: rows and everything that hangs on them, shown before they go.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "src/base/nearest.hpp"
#include "src/populate/cascade.hpp"

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {

namespace {

struct DeleteArguments {
    std::string table;
    std::string where;
    bool with_masters = false;
    bool dry_run = false;
    bool yes = false;
    int wait_s = 60;
};

std::vector<std::string> first_column(const db::Result& result) {
    std::vector<std::string> texts;
    for (std::size_t row = 0; row < result.rows(); ++row)
        texts.push_back(result.get<std::string>(row, std::size_t{0}));
    return texts;
}

/// The word that a message of the server is about: between its quotes, without the alias.
std::string blamed_word(const std::string& message) {
    const auto first = message.find('"');
    const auto second = first == std::string::npos ? first : message.find('"', first + 1);
    if (second != std::string::npos) return message.substr(first + 1, second - first - 1);
    const auto column = message.find("column ");
    if (column == std::string::npos) return {};
    const auto name = message.substr(column + 7, message.find(' ', column + 7) - column - 7);
    return name.substr(name.rfind('.') + 1);
}

/// Tries a condition on no row, so that a slip in it is told before anything is looked for.
void check_where(db::Session& session, const populate::CascadeRequest& request) {
    try {
        session.exec({"--where", fmt::format("select from {} as x where (\n{}\n) limit 0",
                                             request.table, request.where)});
    } catch (const Error& error) {
        // Syntax, names and types; not missing rights, and not what only rows can show.
        if (!error.sqlstate.starts_with("42") || error.sqlstate == "42501") throw;
        std::string message = error.what();
        if (const auto colon = message.find(": "); colon != std::string::npos)
            message = message.substr(colon + 2);
        const auto columns = first_column(session.exec(
            {"columns",
             "select attname from pg_catalog.pg_attribute where attrelid = to_regclass($1) and "
             "attnum > 0 and not attisdropped order by attnum"},
            db::Params().text(request.table)));
        throw Error(ErrorKind::usage,
                    fmt::format("cannot use --where \"{}\": {}", request.where, message),
                    suggestion(error.sqlstate == "42703" ? blamed_word(message) : std::string(),
                               columns, "Columns it may use"));
    }
}

populate::CascadeRequest request_of(db::Session& session, const DeleteArguments& arguments) {
    const auto known = session.exec({"table",
                                     "select c.oid::regclass::text, c.relkind in ('r', 'p') from "
                                     "pg_catalog.pg_class as c where "
                                     "c.oid = to_regclass($1)"},
                                    db::Params().text(arguments.table));
    if (known.rows() == 0) {
        const auto tables = first_column(session.exec(
            {"tables",
             "select c.oid::regclass::text from pg_catalog.pg_class as c where c.relkind in "
             "('r', 'p') and not c.relispartition and c.relnamespace::regnamespace::text "
             "!~ '^(pg_|information_schema|engine)' and c.relname !~ '_job$' order by 1"}));
        const auto meant = nearest(arguments.table, tables);
        throw Error(ErrorKind::not_found, fmt::format("there is no table {}", arguments.table),
                    meant ? fmt::format("Did you mean {}?", *meant)
                          : "Name it with its schema, as in core.session.");
    }
    if (!known.get<bool>(0, std::size_t{1})) {
        throw Error(ErrorKind::usage, fmt::format("{} is not a table", arguments.table),
                    "Rows are deleted where they are stored: name the table that a view shows.");
    }
    populate::CascadeRequest request{known.get<std::string>(0, std::size_t{0}), arguments.where,
                                     arguments.with_masters};
    check_where(session, request);
    return request;
}

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

nlohmann::json json_of(const populate::CascadePlan& plan, bool is_deleted) {
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
    return {{"deleted", is_deleted}, {"rows", plan.rows()}, {"tables", tables}, {"kept", kept}};
}

/// Asks on the terminal; the question goes to stderr, so that stdout stays the answer.
bool is_agreed() {
    std::fprintf(stderr, "delete them? [y/N] ");
    std::fflush(stderr);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

int run_delete(const Context& context, const DeleteArguments& arguments) {
    auto session = context.connect("delete");
    const auto request = request_of(session, arguments);
    populate::CascadeWait wait;
    wait.longest = std::chrono::seconds(arguments.wait_s);
    wait.connect = {context.conninfo(), "trialbase delete", std::nullopt};
    wait.tell = [&](const std::string& who) {
        if (!context.quiet) std::fprintf(stderr, "waiting for rows held by %s\n", who.c_str());
    };
    const auto print = [&](const populate::CascadePlan& plan, std::FILE* out) {
        std::fprintf(out, "%s", text_of(plan).c_str());
        std::fflush(out);
    };

    const bool is_asked = !arguments.yes && !arguments.dry_run;
    populate::CascadeResult result;
    if (arguments.yes && !arguments.dry_run) {
        result = populate::delete_cascade(session, request, nullptr, wait);
        if (!context.json && result.plan.rows() > 0) print(result.plan, stdout);
    } else {
        // Nothing is locked while somebody looks: what is deleted then is compared with what they
        // saw.
        result.plan = populate::preview_cascade(session, request);
        if (result.plan.rows() > 0 && (!context.json || is_asked))
            print(result.plan, context.json ? stderr : stdout);
        if (is_asked && isatty(STDIN_FILENO) == 0) {
            throw Error(ErrorKind::usage, "nothing was deleted: nobody can be asked",
                        "Add --yes to agree beforehand, or --dry-run to only look.");
        }
        while (is_asked && result.plan.rows() > 0 && is_agreed()) {
            const auto shown = std::move(result.plan);
            result = populate::delete_cascade(session, request, &shown, wait);
            if (result.is_deleted) break;
            std::fprintf(stderr, "the rows have changed meanwhile: %s\n",
                         difference_of(shown, result.plan).c_str());
            print(result.plan, context.json ? stderr : stdout);
        }
    }
    if (context.json) {
        std::printf("%s\n", json_of(result.plan, result.is_deleted).dump(2).c_str());
    } else if (result.plan.rows() == 0) {
        std::printf("no row of %s meets the condition\n", arguments.table.c_str());
    } else {
        std::printf(result.is_deleted ? "deleted\n" : "nothing was deleted\n");
    }
    return 0;
}

}  // namespace

void add_delete_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand(
        "delete", "deletes rows and everything that hangs on them, after a preview");
    command->footer(
        "Example:\n  trialbase delete core.session --where \"session_date < '2019-01-01'\" "
        "--dry-run");
    auto arguments = std::make_shared<DeleteArguments>();
    command->add_option("table", arguments->table, "table with its schema")->required();
    command->add_option("--where", arguments->where, "SQL condition over its columns")->required();
    command->add_flag("--with-masters", arguments->with_masters,
                      "delete masters whose part rows go; without it such a delete is refused");
    command->add_flag("--dry-run", arguments->dry_run, "show what would go");
    command->add_flag("--yes", arguments->yes, "do not ask");
    command
        ->add_option("--wait", arguments->wait_s,
                     "how long to wait for others who hold the rows [s]")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_delete(context, *arguments); };
    });
}

}  // namespace tb::app
