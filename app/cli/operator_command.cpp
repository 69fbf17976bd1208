// trialbase workers and runs: who works, and what was done.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "app/cli/query.hpp"
#include "src/populate/sql_text.hpp"
#include "src/populate/status.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

/// Rows of a statement as the named queries show them; JSON with --json.
int show(const Context& context, db::Session& session, const db::Sql& statement) {
    write_query(
        session, statement, context.json ? QueryFormat::json : QueryFormat::table,
        [](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), stdout); },
        static_cast<int>(terminal_width()));
    return 0;
}

struct RunArguments {
    std::string table;
    std::string key;
    std::int64_t limit = 50;
};

}  // namespace

void add_workers_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("workers", "who is alive, what each does, since when, at which rate");
    command->footer("Example:\n  trialbase workers --all");
    auto all = std::make_shared<bool>(false);
    command->add_flag("--all", *all, "also workers that ended, or have long been silent");
    command->callback([&context, all] {
        context.run = [&context, all] {
            auto session = context.connect("workers");
            auto statement = populate::sql_text("workers");
            statement.text = fmt::format(
                "select state, host, pid, os_user, version, started_utc, silent_s, done, failed, "
                "keys_per_s, doing from ({}) as w where {} or not has_ended",
                statement.text, *all ? "true" : "false");
            return show(context, session, statement);
        };
    });
}

void add_runs_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("runs", "history of results: when, how long, which version, by whom");
    command->footer(
        "Examples:\n  trialbase runs --table reaction_time --limit 20\n  trialbase runs --key "
        "session_id=0a018f12-ee06-4b11-97aa-bbbff5448e9f");
    auto arguments = std::make_shared<RunArguments>();
    command->add_option("--table", arguments->table, "computed table, with or without its schema");
    command->add_option("--key", arguments->key,
                        "key as column=value,..., or the beginning of one");
    command->add_option("--limit", arguments->limit, "newest so many")
        ->capture_default_str()
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
    command->callback([&context, arguments] {
        context.run = [&context, arguments] {
            auto session = context.connect("runs");
            auto statement = populate::sql_text("runs");
            std::string condition = "true";
            if (!arguments->table.empty()) {
                const auto table =
                    populate::select_tables(populate::read_tables(session), {arguments->table})
                        .at(0);
                condition += " and table_name = " + session.quote_literal(table.name);
            }
            if (!arguments->key.empty())
                condition +=
                    " and starts_with(key_text, " + session.quote_literal(arguments->key) + ")";
            statement.text =
                fmt::format("select * from ({}) as r where {} order by finished_at desc limit {}",
                            statement.text, condition, arguments->limit);
            return show(context, session, statement);
        };
    });
}

}  // namespace tb::app
