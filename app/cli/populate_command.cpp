// trialbase populate: computes pending keys.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/print.hpp"
#include "app/cli/session_name.hpp"
#include "src/base/version.hpp"
#include "src/db/sqlstate.hpp"
#include "src/populate/left_keys.hpp"
#include "src/populate/program.hpp"
#include "src/populate/set_aside.hpp"
#include "src/populate/status.hpp"
#include "src/populate/where.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace tb::app {

namespace {

struct PopulateArguments {
    std::vector<std::string> tables;
    std::string where;
    std::vector<std::string> sessions;
    std::string listen_dsn;
    int workers = 1;
    std::int64_t limit = -1;
    int keys_per_transaction = 0;
    double lease_s = 60;
    double wait_s = 60;
    bool watch = false;
    bool stop_on_error = false;
};

std::string progress_text(const populate::Progress& now, std::int64_t to_do) {
    const auto calls = now.done + now.settled + now.errors;
    const double rate = now.seconds > 0 ? static_cast<double>(calls) / now.seconds : 0;
    std::string text =
        fmt::format("{} of {} keys", with_commas(calls), with_commas(std::max(to_do, calls)));
    if (rate > 0) text += fmt::format(", {:.0f}/s", rate);
    if (rate > 0 && to_do > calls)
        text += fmt::format(", {} left", duration_text(static_cast<double>(to_do - calls) / rate));
    if (now.errors > 0) text += fmt::format(", {} failed", with_commas(now.errors));
    return text;
}

/// What would make every worker fail is said once, before any starts.
void check_right(db::Session& session) {
    const auto may = session.exec(
        {"right to populate",
         "select has_function_privilege('engine.worker_start(uuid, text, integer, text, text, "
         "text, interval)', 'execute') as may, quote_ident(current_user) as login"});
    if (may.get<bool>(0, "may")) return;
    throw Error(ErrorKind::usage,
                fmt::format("the login {} may not populate", may.get<std::string>(0, "login")),
                fmt::format("Ask an administrator: grant trialbase_worker to {}.",
                            may.get<std::string>(0, "login")));
}

void check_takes_changes(db::Session& session) {
    if (!session.exec({"read-only", "select current_setting('transaction_read_only')::boolean"})
             .get<bool>(0, std::size_t{0}))
        return;
    throw Error(ErrorKind::unavailable, "the server is read-only and takes no results",
                std::string(db::class_of("25006").hint));
}

/// Tables asked for by name must be this program's to compute; others are told about.
void check_computable(const Context& context, const PopulateArguments& arguments,
                      const std::vector<populate::TableInfo>& tables) {
    for (const auto& one : populate::version_differences(tables, computed_tables())) {
        if (!one.program_version && !arguments.tables.empty()) {
            std::string ours;
            for (const auto& table : computed_tables())
                ours += (ours.empty() ? "" : ", ") + table.name;
            throw Error(ErrorKind::not_found,
                        fmt::format("this program has no computation for {}", one.table),
                        fmt::format("Use the program that was built with it, or a worker of its "
                                    "own that speaks the engine's protocol. This one computes: {}.",
                                    ours));
        }
        if (!context.quiet)
            std::fprintf(stderr, "trialbase: %s: %s\n", one.table.c_str(), one.text().c_str());
    }
}

nlohmann::json json_of(const std::vector<populate::LeftKeys>& left) {
    auto out = nlohmann::json::array();
    for (const auto& one : left) {
        out.push_back({{"table", one.table},
                       {"reason", populate::to_string(one.reason)},
                       {"keys", one.count},
                       {"text", one.text()}});
    }
    return out;
}

nlohmann::json json_of(const std::vector<populate::SetAside>& set_aside) {
    auto out = nlohmann::json::array();
    for (const auto& one : set_aside)
        out.push_back({{"table", one.table}, {"reason", one.reason}, {"text", one.text()}});
    return out;
}

void print_left(const std::vector<populate::LeftKeys>& left, std::int64_t count) {
    if (left.empty()) return;
    if (count > 0) std::printf("left: %s keys\n", with_commas(count).c_str());
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : left) rows.push_back({one.table, with_commas(one.count), one.text()});
    std::printf("%s", text_table({"table", "keys", "why"}, rows, terminal_width()).c_str());
}

int run_populate(const Context& context, PopulateArguments arguments) {
    populate::WorkerOptions options;
    options.tables = arguments.tables;
    std::int64_t to_do = 0;
    {
        auto session = context.connect("populate");
        populate::refuse_set_aside(populate::read_set_aside(session), arguments.tables);
        auto tables = populate::select_tables(populate::read_tables(session), arguments.tables);
        check_right(session);
        arguments.where = condition_with_sessions(session, arguments.where, arguments.sessions);
        check_computable(context, arguments, tables);
        if (!arguments.watch) check_takes_changes(session);
        if (!arguments.where.empty()) {
            const auto all = tables.size();
            tables =
                populate::tables_with(session, tables, arguments.where, !arguments.tables.empty());
            options.tables.clear();
            for (const auto& table : tables) options.tables.push_back(table.name);
            if (tables.size() < all && !context.quiet)
                std::fprintf(
                    stderr, "trialbase: %zu tables are left out, whose keys have no such columns\n",
                    all - tables.size());
        }
        for (const auto& status : populate::read_status(session, tables))
            to_do += status.pending + status.running + status.blocked;
    }  // closed before the workers are forked
    options.connect = {context.conninfo(), "trialbase populate", std::nullopt};
    options.listen_conninfo = arguments.listen_dsn;
    options.where = arguments.where;
    options.watch = arguments.watch;
    options.stop_on_error = arguments.stop_on_error;
    options.keys_per_transaction = arguments.keys_per_transaction;
    options.lease = std::chrono::milliseconds(static_cast<std::int64_t>(arguments.lease_s * 1000));
    options.wait = std::chrono::milliseconds(static_cast<std::int64_t>(arguments.wait_s * 1000));
    options.program_version = TRIALBASE_VERSION;
    options.git_revision = git_revision();
    options.registry = &computed_tables();
    options.store = context.store_options();

    ProgressLine line(wants_progress(context) && !context.verbose);
    const auto result = populate::run_program(
        options, arguments.workers, arguments.limit,
        [&](const populate::Progress& now) { line.show(progress_text(now, to_do)); });
    line.clear();

    auto session = context.connect("populate");
    const auto tables = populate::select_tables(populate::read_tables(session), options.tables);
    const auto failures = result.total.errors > 0
                              ? populate::read_errors(session, tables, arguments.where, 20)
                              : std::vector<populate::KeyFailure>{};
    std::vector<populate::LeftKeys> left;
    if (!result.interrupted && !result.limit_reached &&
        result.failure_status != static_cast<int>(ErrorKind::usage)) {
        left = populate::read_left(session, tables, arguments.where);
        populate::judge_left(left, tables, computed_tables());
    }
    const auto set_aside = populate::read_set_aside(session);
    // What this program cannot compute at all is told, and no failure of this call.
    std::int64_t left_count = 0;
    for (const auto& one : left) {
        if (one.reason != populate::LeftKeys::Reason::nobody) left_count += one.count;
    }
    if (context.json) {
        auto failed = nlohmann::json::array();
        for (const auto& f : failures)
            failed.push_back(
                {{"table", f.table}, {"key", f.key}, {"type", f.type}, {"message", f.message}});
        const nlohmann::json out{{"done", result.total.done},
                                 {"settled", result.total.settled},
                                 {"errors", result.total.errors},
                                 {"put_back", result.total.retried},
                                 {"lost", result.lost},
                                 {"seconds", result.total.seconds},
                                 {"interrupted", result.interrupted},
                                 {"failures", failed},
                                 {"left", json_of(left)},
                                 {"set_aside", json_of(set_aside)}};
        std::printf("%s\n",
                    out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else {
        std::printf(
            "%s computed, %s with nothing to compute, %s failed in %s\n",
            with_commas(result.total.done).c_str(), with_commas(result.total.settled).c_str(),
            with_commas(result.total.errors).c_str(), duration_text(result.total.seconds).c_str());
        if (!failures.empty()) {
            std::vector<std::vector<std::string>> rows;
            for (const auto& f : failures)
                rows.push_back({f.table, f.key, f.type + ": " + f.message});
            std::printf("%s",
                        text_table({"table", "key", "error"}, rows, terminal_width()).c_str());
            if (result.total.errors > static_cast<std::int64_t>(failures.size()))
                std::printf("... all: trialbase errors\n");
        }
        print_left(left, left_count);
        for (const auto& one : set_aside)
            std::printf("%s: %s\n", one.table.c_str(), one.text().c_str());
    }
    if (result.interrupted) return 130;
    if (result.failed_workers > 0) {
        std::fprintf(stderr, "trialbase: %d worker(s) ended early: %s\n", result.failed_workers,
                     result.first_failure.c_str());
        if (!result.failure_hint.empty())
            std::fprintf(stderr, "hint: %s\n", result.failure_hint.c_str());
        // Workers that found no server, while the others did all there was, were too many.
        const bool is_all_done = left_count == 0 && result.failed_workers < arguments.workers;
        if (result.failure_status != static_cast<int>(ErrorKind::unavailable) || !is_all_done)
            return result.failure_status;
    }
    return result.total.errors > 0 || left_count > 0 ? static_cast<int>(ErrorKind::partial) : 0;
}

}  // namespace

void add_populate_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("populate", "computes pending keys");
    command->footer(
        "Examples:\n  trialbase populate --workers 2\n  trialbase populate reaction_time --where "
        "\"lab_name = 'angelakilab'\"\n  trialbase populate --session "
        "angelakilab/NR_0017/2022-04-27/1\n"
        "Exit status 8: finished, but some keys failed (see trialbase errors) or are left (it says "
        "which and why).");
    auto arguments = std::make_shared<PopulateArguments>();
    command->add_option("table", arguments->tables,
                        "computed tables, with or without their schema (all when none is named)");
    command->add_option("--where", arguments->where,
                        "SQL condition over the key and its session or subject: lab_name, "
                        "subject_nickname, session_date, ...");
    add_sessions_option(*command, arguments->sessions);
    command->add_option("--limit", arguments->limit, "at most so many keys")->check(at_least(0));
    command->add_option("-w,--workers", arguments->workers, "worker processes")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command
        ->add_option("--wait", arguments->wait_s,
                     "seconds to wait, since the last key that was finished, for keys that others "
                     "hold or that are to be tried again")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    command->add_flag("--watch", arguments->watch, "go on: wait for new keys");
    command->add_flag("--stop-on-error", arguments->stop_on_error, "end at the first failing key");
    command
        ->add_option("--keys-per-transaction", arguments->keys_per_transaction,
                     "instead of what each table asks for; 1: a commit a key")
        ->check(CLI::Range(1, 10000));
    command
        ->add_option("--lease", arguments->lease_s,
                     "seconds after which a silent worker's keys are taken back")
        ->check(CLI::Range(0.5, 86400.0))
        ->capture_default_str();
    command->add_option(
        "--listen-dsn", arguments->listen_dsn,
        "direct connection for notifications, when --dsn goes through a pooling proxy");
    command->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_populate(context, *arguments); };
    });
}

}  // namespace tb::app
