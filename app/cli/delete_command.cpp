// trialbase delete: rows and everything that hangs on them, shown before they go.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"

#include <iostream>
#include <memory>

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
};

int run_delete(const Context& context, const DeleteArguments& arguments) {
    auto session = context.connect("delete");
    const auto known =
        session.exec({"table", "select to_regclass($1)::text"}, db::Params().text(arguments.table));
    if (known.is_null(0, 0))
        throw Error(ErrorKind::not_found, fmt::format("there is no table {}", arguments.table),
                    "Name it with its schema, as in core.session.");

    db::Transaction transaction(session);
    const auto plan = session.exec(
        {"cascade", "select * from engine.cascade_collect($1, $2, $3)"},
        db::Params().text(arguments.table).text(arguments.where).boolean(arguments.with_masters));
    std::int64_t total = 0;
    std::vector<std::vector<std::string>> rows;
    auto out = nlohmann::json::array();
    for (std::size_t row = 0; row < plan.rows(); ++row) {
        const auto count = plan.get<std::int64_t>(row, "row_count");
        const auto note =
            plan.get<bool>(row, "is_master_of_part") ? "master of a part that goes" : "";
        rows.push_back({plan.get<std::string>(row, "table_name"), with_commas(count),
                        plan.get<std::string>(row, "tier"), note});
        out.push_back(
            {{"table", rows.back()[0]}, {"rows", count}, {"tier", rows.back()[2]}, {"note", note}});
        total += count;
    }
    const bool is_asked = !arguments.yes && !arguments.dry_run;
    if (!context.json) {
        if (total == 0) {
            std::printf("no row of %s meets the condition\n", arguments.table.c_str());
            return 0;
        }
        std::printf("%s%s rows in all\n",
                    text_table({"table", "rows", "tier", "note"}, rows).c_str(),
                    with_commas(total).c_str());
    }
    bool agreed = arguments.yes && !arguments.dry_run;
    if (is_asked && isatty(STDIN_FILENO) != 0) {
        std::printf("delete them? [y/N] ");
        std::fflush(stdout);
        std::string answer;
        std::getline(std::cin, answer);
        agreed = answer == "y" || answer == "yes";
    } else if (is_asked) {
        throw Error(ErrorKind::usage, "nothing was deleted: nobody can be asked",
                    "Add --yes to agree beforehand, or --dry-run to only look.");
    }
    if (agreed && total > 0) {
        session.exec({"cascade delete", "select engine.cascade_delete()"});
        transaction.commit();
    }
    if (context.json) {
        std::printf(
            "%s\n",
            nlohmann::json{{"deleted", agreed}, {"rows", total}, {"tables", out}}.dump(2).c_str());
    } else {
        std::printf(agreed ? "deleted\n" : "nothing was deleted\n");
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
    command->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_delete(context, *arguments); };
    });
}

}  // namespace tb::app
