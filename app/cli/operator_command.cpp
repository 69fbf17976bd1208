// trialbase workers and runs: who works, and what was done.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "app/cli/query.hpp"
#include "app/cli/session_name.hpp"
#include "src/populate/sql_text.hpp"
#include "src/populate/status.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

/// Rows of a statement as the named queries show them; JSON with --json. @return how many
std::int64_t show(const Context& context, db::Session& session, const db::Sql& statement) {
    return write_query(
        session, statement, context.json ? QueryFormat::json : QueryFormat::table,
        [](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), stdout); },
        static_cast<int>(terminal_width()));
}

struct RunArguments {
    std::string table;
    std::string key;
    std::int64_t limit = 50;
};

/// Keys that --key means: column=value,... or the beginning of that; else those of a session.
std::string key_condition(db::Session& session, const std::string& key) {
    if (key.find('=') != key.npos)
        return "starts_with(key_text, " + session.quote_literal(key) + ")";
    const auto of_session = "session_id=" + session_key(session, key);
    return fmt::format("(key_text || ',') ~ {}", session.quote_literal("(^|,)" + of_session + ","));
}

/// Says of a key that no run has what keys begin with.
void tell_no_key(db::Session& session, const RunArguments& arguments) {
    const auto columns = session.exec(
        {"columns of keys",
         "select coalesce(string_agg(name, ', ' order by name), '') from (select distinct "
         "split_part(key_text, '=', 1) || '=' from engine.run_all) as k (name)"});
    const auto all = columns.get<std::string>(0, std::size_t{0});
    const bool is_session = arguments.key.find('=') == arguments.key.npos;
    std::fprintf(stderr, "no row: no run%s%s has a key %s%s%s\n",
                 arguments.table.empty() ? "" : " of ", printable(arguments.table).c_str(),
                 is_session ? "of session " : "that begins with ", printable(arguments.key).c_str(),
                 is_session || all.empty() ? "" : ("; keys begin with " + all).c_str());
}

int run_runs(const Context& context, const RunArguments& arguments) {
    auto session = context.connect("runs");
    auto statement = populate::sql_text("runs");
    std::string condition = "true";
    if (!arguments.table.empty()) {
        const auto table =
            populate::select_tables(populate::read_tables(session), {arguments.table}).at(0);
        condition += " and table_name = " + session.quote_literal(table.name);
    }
    const bool has_key = !arguments.key.empty();
    if (has_key) condition += " and " + key_condition(session, arguments.key);
    statement.text =
        fmt::format("select * from ({}) as r where {} order by finished_at desc limit {}",
                    statement.text, condition, arguments.limit);
    const auto rows = show(context, session, statement);
    if (rows == 0 && has_key && !context.quiet) tell_no_key(session, arguments);
    return 0;
}

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
            (void)show(context, session, statement);
            return 0;
        };
    });
}

void add_runs_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("runs", "history of results: when, how long, which version, by whom");
    command->footer(
        "Examples:\n  trialbase runs reaction_time --limit 20\n  trialbase runs --key "
        "session_id=0a018f12-ee06-4b11-97aa-bbbff5448e9f");
    auto arguments = std::make_shared<RunArguments>();
    command->add_option("table,--table", arguments->table,
                        "computed table, with or without its schema");
    command->add_option(
        "--key", arguments->key,
        "key as column=value,..., or the beginning of one; or a session: its key or the "
        "first digits of it, or lab/subject/date/number");
    command->add_option("--limit", arguments->limit, "newest so many")
        ->capture_default_str()
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
    command->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_runs(context, *arguments); };
    });
}

}  // namespace tb::app
