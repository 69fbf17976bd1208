// trialbase ingest alyx: the colony database of the International Brain Laboratory.
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/print.hpp"
#include "ingest/load/alyx/fetch_alyx.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <termios.h>
#include <unistd.h>

namespace tb::app {
namespace {

using nlohmann::json;

struct AlyxArguments {
    std::vector<std::string> dumps;
    load::AlyxOptions options;
    load::AlyxFetchOptions fetch;
    std::string since, password_file;
};

/// The password, from its file, the environment, or whoever sits at the terminal. Never an
/// argument: everybody on the machine sees those.
std::string password_of(const AlyxArguments& given) {
    if (!given.password_file.empty()) {
        std::ifstream in(given.password_file);
        std::string password;
        if (!std::getline(in, password))
            throw Error(ErrorKind::io, "cannot read a password from " + given.password_file);
        if (password.ends_with('\r')) password.pop_back();
        return password;
    }
    if (const char* told = std::getenv("TRIALBASE_ALYX_PASSWORD")) return told;
    if (::isatty(STDIN_FILENO) == 0)
        throw Error(ErrorKind::usage, "no password for the colony database",
                    "Name a file with --password-file, or set TRIALBASE_ALYX_PASSWORD.");
    std::fprintf(stderr, "password of %s: ", given.fetch.rest.user.c_str());
    termios shown{};
    ::tcgetattr(STDIN_FILENO, &shown);
    auto hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    std::string password;
    std::getline(std::cin, password);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::fputc('\n', stderr);
    return password;
}

load::AlyxSummary fetch(db::Session& session, const AlyxArguments& given, const Context& context) {
    if (!given.dumps.empty())
        throw Error(ErrorKind::usage, "--url and dumps do not go together",
                    "Load the dumps first, then what changed since by --url.");
    if (given.options.dry_run)
        throw Error(ErrorKind::usage, "--url and --dry-run do not go together",
                    "Lists refer to each other, so that one must be loaded before the next.");
    if (given.fetch.rest.user.empty())
        throw Error(ErrorKind::usage, "name the user of the colony database (--user)");
    auto options = given.fetch;
    if (!given.since.empty()) options.since = given.since;
    stop_ingest_on_signals();
    options.rest.stop = &ingest_stop_asked;
    options.rest.password = [&given] { return password_of(given); };
    ProgressLine line(wants_progress(context));
    options.progress = [&line](const std::string& list, std::size_t objects, std::size_t of) {
        line.show(fmt::format("{}: {} of {}", list, with_commas(static_cast<std::int64_t>(objects)),
                              with_commas(static_cast<std::int64_t>(of)))
                      .c_str());
    };
    auto summary = load::fetch_alyx(session, options);
    line.clear();
    return summary;
}

json as_json(const load::AlyxSummary& summary, double seconds, bool dry_run) {
    json out{{"objects", summary.objects},
             {"left_out", summary.left_out},
             {"without_uuid", summary.without_uuid},
             {"odd", summary.odd},
             {"repeated", summary.repeated},
             {"unknown_models", summary.unknown_models},
             {"tables", json::array()},
             {"issues", summary.issues},
             {"failures", json::array()},
             {"seconds", seconds},
             {"dry_run", dry_run}};
    for (const auto& table : summary.tables)
        out["tables"].push_back({{"table", table.table},
                                 {"rows", table.rows},
                                 {"added", table.added},
                                 {"updated", table.updated},
                                 {"unchanged", table.unchanged},
                                 {"removed", table.removed},
                                 {"skipped", table.skipped}});
    for (const auto& failure : summary.failures)
        out["failures"].push_back({{"object", db::sanitize_text(failure.identifier)},
                                   {"type", failure.type},
                                   {"message", db::sanitize_text(failure.message)},
                                   {"hint", db::sanitize_text(failure.hint)}});
    return out;
}

void print(const load::AlyxSummary& summary, double seconds, const Context& context) {
    const auto count = [](std::size_t value) {
        return with_commas(static_cast<std::int64_t>(value));
    };
    constexpr std::size_t most_shown = 20;
    HintsOnce hints;
    for (std::size_t i = 0; i < std::min(most_shown, summary.failures.size()); ++i) {
        const auto& failure = summary.failures[i];
        std::fprintf(stderr, "%s: %s (%s)\n", db::sanitize_text(failure.identifier).c_str(),
                     db::sanitize_text(failure.message).c_str(), failure.type.c_str());
        hints.tell(failure.hint);
    }
    if (summary.failures.size() > most_shown)
        std::fprintf(stderr, "and %s more (trialbase errors)\n",
                     count(summary.failures.size() - most_shown).c_str());
    if (!context.quiet) {
        for (const auto& [model, n] : summary.unknown_models)
            std::fprintf(stderr, "note: %s of %s left out: trialbase does not know this model\n",
                         count(n).c_str(), model.c_str());
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& table : summary.tables) {
        if (table.rows + table.removed + table.skipped == 0) continue;
        rows.push_back({table.table, count(table.added), count(table.updated),
                        count(table.unchanged), count(table.removed), count(table.skipped)});
    }
    std::printf(
        "%s",
        text_table({"table", "added", "updated", "unchanged", "removed", "skipped"}, rows).c_str());
    std::printf("%s objects in %s; %s of models that are left out, %s without a UUID\n",
                count(summary.objects).c_str(), duration_text(seconds).c_str(),
                count(summary.left_out).c_str(), count(summary.without_uuid).c_str());
}

int run(const AlyxArguments& given, const Context& context) {
    const bool is_fetched = !given.fetch.rest.url.empty();
    if (given.dumps.empty() && !is_fetched)
        throw Error(ErrorKind::usage,
                    "name the dumps to load, or the address to fetch from (--url)",
                    "Alyx makes a dump with: python manage.py dumpdata > dump.json");
    auto session = context.connect("ingest alyx");
    const auto start = std::chrono::steady_clock::now();
    const std::vector<std::filesystem::path> dumps(given.dumps.begin(), given.dumps.end());
    const auto summary = is_fetched ? fetch(session, given, context)
                                    : load::ingest_alyx(session, dumps, given.options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (context.json) {
        std::printf("%s\n",
                    as_json(summary, seconds, given.options.dry_run).dump(2, ' ', true).c_str());
    } else {
        print(summary, seconds, context);
        if (given.options.dry_run) print_dry_run(context);
    }
    return summary.failures.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

}  // namespace

void declare_ingest_alyx(CLI::App& command, Context& context) {
    command.footer(
        "A dump is what Django's dumpdata writes: a JSON list of {model, pk, fields}, objects in "
        "any order. Several are loaded as one, so that a database may be dumped in parts. Rows are "
        "found by the colony database's UUIDs: what is loaded and has not changed is left alone, "
        "what changed is updated, lists as well. Sessions that `ingest alf` loads from folders of "
        "the same lab, subject, date and number are the same sessions. Objects of unknown "
        "subjects, sessions or datasets are skipped, bad values left out: each is told and stands "
        "in `trialbase errors` until a load of the same dump no longer meets it. Passwords and "
        "tokens are never read. Exit status 8: something was left out.\n"
        "With --url the lists of a running Alyx are fetched, page by page, each loaded at once: "
        "what "
        "was interrupted goes on where it stopped, and the next time only what changed since is "
        "asked for (sessions, datasets, weights, water; the other lists are short). The password "
        "is "
        "read from --password-file, else from TRIALBASE_ALYX_PASSWORD, else asked for.");
    auto arguments = std::make_shared<AlyxArguments>();
    add_paths(command, arguments->dumps, "Dumps (JSON)");
    command.get_option("paths")->required(false);
    auto* const url = command.add_option("--url", arguments->fetch.rest.url,
                                         "Address of a running Alyx to fetch from");
    command.add_option("--user", arguments->fetch.rest.user, "Who asks there")->needs(url);
    command
        .add_option("--password-file", arguments->password_file,
                    "File whose first line is the password")
        ->needs(url);
    auto* const since = command.add_option("--since", arguments->since,
                                           "Only what changed since (2024-03-05 or with a time); "
                                           "default: since the last fetch of this "
                                           "address");
    since->needs(url);
    command.add_flag("--all", arguments->fetch.is_whole, "Everything, whatever was fetched before")
        ->needs(url)
        ->excludes(since);
    command.add_option("--page-size", arguments->fetch.rest.page_size, "Objects a page")
        ->check(CLI::Range(1, 1000))
        ->needs(url)
        ->capture_default_str();
    add_dry_run(command, arguments->options.dry_run, "Find the same, write nothing");
    command.callback([arguments, &context] {
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
