// trialbase delete: rows and everything that hangs on them, shown before they go.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/deletion.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/session_name.hpp"
#include "src/base/nearest.hpp"
#include "src/db/condition.hpp"
#include "src/populate/cascade.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct DeleteArguments {
    std::string table;
    std::string where;
    std::vector<std::string> sessions;
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
    if (arguments.where.empty() && arguments.sessions.empty())
        throw Error(ErrorKind::usage, "which rows? Neither --where nor --session is given",
                    "All of them: --where true.");
    populate::CascadeRequest request{
        known.get<std::string>(0, std::size_t{0}),
        condition_with_sessions(session, arguments.where, arguments.sessions),
        arguments.with_masters};
    db::check_condition(session, request.table + " as x", request.where);
    return request;
}

int run_delete(const Context& context, const DeleteArguments& arguments) {
    auto session = context.connect("delete");
    const auto result = run_deletion(
        context, session,
        {request_of(session, arguments), arguments.dry_run, arguments.yes, arguments.wait_s});
    if (context.json) {
        auto out = json_of(result);
        out["needs_masters"] =
            !result.is_deleted && !arguments.with_masters &&
            std::ranges::any_of(result.plan.tables,
                                &populate::CascadePlan::Table::is_master_of_part);
        std::printf("%s\n", out.dump(2).c_str());
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
        "--with-masters --dry-run\n"
        "Where parts of a computed row go (a session of a subject's training status), its master "
        "has "
        "to go along and is computed again: --with-masters agrees to that.");
    auto arguments = std::make_shared<DeleteArguments>();
    command->add_option("table", arguments->table, "table with its schema")->required();
    command->add_option("--where", arguments->where, "SQL condition over its columns");
    add_sessions_option(*command, arguments->sessions);
    command->add_flag("--with-masters", arguments->with_masters,
                      "delete masters whose part rows go; without it such a delete is refused");
    command->add_flag("--dry-run", arguments->dry_run, "show what would go");
    command->add_flag("--yes", arguments->yes, "do not ask");
    command
        ->add_option("--wait", arguments->wait_s,
                     "how long to wait for others who hold the rows [s]")
        ->check(at_least(0))
        ->capture_default_str();
    command->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_delete(context, *arguments); };
    });
}

}  // namespace tb::app
