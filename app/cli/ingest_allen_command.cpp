// trialbase ingest allen: releases of the Allen Institute's visual-behaviour projects.
#include "ingest/load/ingest_allen.hpp"

#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/print.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using nlohmann::json;

struct AllenArguments {
    std::vector<std::string> paths;
    load::AllenOptions options;
};

json to_json(const load::Failure& failure) {
    return {{"row", db::sanitize_text(failure.identifier)},
            {"type", failure.type},
            {"message", db::sanitize_text(failure.message)},
            {"hint", db::sanitize_text(failure.hint)},
            {"file", db::sanitize_text(failure.file)}};
}

json to_json(const load::AllenOutcome& outcome) {
    json out{{"path", db::sanitize_text(outcome.path)},
             {"release", outcome.release.empty() ? json() : json(outcome.release)},
             {"subjects", outcome.tables.subjects},
             {"sessions", {{"named", outcome.tables.sessions}, {"new", outcome.tables.new_sessions}}},
             {"tables", json::array()},
             {"session_files", {{"found", outcome.session_files.size()}, {"loaded", 0}}},
             {"issues", outcome.tables.issues},
             {"notes", outcome.notes},
             {"failures", json::array()}};
    for (const auto& table : outcome.tables.tables) {
        out["tables"].push_back({{"table", table.table},
                                 {"file", db::sanitize_text(table.file)},
                                 {"rows", table.rows},
                                 {"new", table.added},
                                 {"changed", table.changed},
                                 {"unchanged", table.unchanged},
                                 {"refused", table.refused}});
    }
    for (const auto* list : {&outcome.failures, &outcome.tables.failures}) {
        for (const auto& failure : *list) out["failures"].push_back(to_json(failure));
    }
    return out;
}

void print(const json& fact, const Context& context) {
    const auto count = [](const json& number) { return with_commas(number.get<std::int64_t>()); };
    for (const auto& failure : fact["failures"])
        std::fprintf(stderr, "failed: %s: %s [%s]\n", failure["type"].get<std::string>().c_str(),
                     failure["message"].get<std::string>().c_str(),
                     failure["file"].get<std::string>().c_str());
    if (!context.quiet) {
        for (const auto& note : fact["notes"])
            std::fprintf(stderr, "note: %s\n", note.get<std::string>().c_str());
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& table : fact["tables"])
        rows.push_back({table["table"].get<std::string>(), count(table["rows"]),
                        count(table["new"]), count(table["changed"]), count(table["unchanged"]),
                        count(table["refused"])});
    if (!rows.empty())
        std::printf("%s", text_table({"table", "rows", "new", "changed", "unchanged", "refused"}, rows)
                              .c_str());
    std::printf("%s: release %s, %s sessions (%s new) of %s mice\n",
                fact["path"].get<std::string>().c_str(),
                fact["release"].is_null() ? "not told" : fact["release"].get<std::string>().c_str(),
                count(fact["sessions"]["named"]).c_str(), count(fact["sessions"]["new"]).c_str(),
                count(fact["subjects"]).c_str());
    if (const auto files = fact["session_files"]["found"].get<std::int64_t>(); files > 0)
        std::printf("%s session files were found and not loaded: this command reads the tables\n",
                    with_commas(files).c_str());
    std::string text;
    for (const auto& [type, number] : fact["issues"].items())
        text += (text.empty() ? "" : ", ") + count(number) + " " + type;
    if (!text.empty())
        std::printf("issues: %s (trialbase query session_issues, trialbase errors)\n", text.c_str());
}

int run(const AllenArguments& given, const Context& context) {
    auto session = context.connect("ingest allen");
    const auto start = std::chrono::steady_clock::now();
    const std::vector<std::filesystem::path> paths(given.paths.begin(), given.paths.end());
    const auto outcomes = load::ingest_allen(session, paths, given.options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    json out{{"paths", json::array()}, {"seconds", seconds}, {"dry_run", given.options.dry_run}};
    bool is_partial = false;
    for (const auto& outcome : outcomes) {
        out["paths"].push_back(to_json(outcome));
        is_partial = is_partial || !outcome.failures.empty() || !outcome.tables.failures.empty();
    }
    if (context.json) {
        std::printf("%s\n", out.dump(2, ' ', true).c_str());
    } else {
        for (const auto& fact : out["paths"]) print(fact, context);
        std::printf("time: %s\n", duration_text(seconds).c_str());
        if (given.options.dry_run && !context.quiet)
            std::fprintf(stderr, "nothing was written (--dry-run)\n");
    }
    return is_partial ? static_cast<int>(ErrorKind::partial) : 0;
}

}  // namespace

void declare_ingest_allen(CLI::App& command, Context& context) {
    auto arguments = std::make_shared<AllenArguments>();
    command.footer(
        "A path is a cache folder (manifests at its top), a copy of the bucket, a folder with the "
        "tables behavior_session_table.csv, ophys_session_table.csv, ophys_experiment_table.csv and "
        "ophys_cells_table.csv, or one such table. Every column is kept; sessions that the tables "
        "alone name are sessions, too. A bad cell costs its row (see trialbase errors). Exit status "
        "8: some rows or files were left out.");
    add_paths(command, arguments->paths, "Cache folders or tables");
    command.add_option("--manifest", arguments->options.manifest,
                       "Version of the manifest to use (1.0.1); default: the one that the cache "
                       "used last, else the newest");
    command
        .add_option("--lab", arguments->options.lab, "Lab that the sessions belong to")
        ->capture_default_str();
    command
        .add_option("--source", arguments->options.source,
                    "Source of the sessions, part of their identity: allen, or simulated (default "
                    "below a simulated folder)")
        ->check(CLI::IsMember({"allen", "simulated"}));
    add_dry_run(command, arguments->options.dry_run);
    command.callback([arguments, &context] {
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
