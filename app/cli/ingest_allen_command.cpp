// trialbase ingest allen: releases of the Allen Institute's visual-behaviour projects.
#include "ingest/load/ingest_allen.hpp"

#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_session_run.hpp"
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

struct AllenArguments : IngestArguments {
    load::AllenOptions options;
    bool tables_only = false;
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
             {"session_files", outcome.session_files.size()},
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
    if (rows.empty()) return;
    std::printf("%s", text_table({"table", "rows", "new", "changed", "unchanged", "refused"}, rows)
                          .c_str());
    std::printf("%s: release %s, %s sessions (%s new) of %s mice\n",
                fact["path"].get<std::string>().c_str(),
                fact["release"].is_null() ? "not told" : fact["release"].get<std::string>().c_str(),
                count(fact["sessions"]["named"]).c_str(), count(fact["sessions"]["new"]).c_str(),
                count(fact["subjects"]).c_str());
    std::string text;
    for (const auto& [type, number] : fact["issues"].items())
        text += (text.empty() ? "" : ", ") + count(number) + " " + type;
    if (!text.empty())
        std::printf("issues: %s (trialbase query session_issues, trialbase errors)\n", text.c_str());
}

/// Loads the session files after the tables. @return the exit status
int run_sessions(const std::vector<load::AllenOutcome>& outcomes, const AllenArguments& given,
                 const Context& context, json& out) {
    std::vector<load::AllenSessionFile> files;
    for (const auto& outcome : outcomes)
        files.insert(files.end(), outcome.session_files.begin(), outcome.session_files.end());
    if (files.empty()) return 0;
    if (given.tables_only) {
        if (!context.json)
            std::printf("%s session files were found and left alone (--tables-only)\n",
                        with_commas(static_cast<std::int64_t>(files.size())).c_str());
        return 0;
    }
    load::AllenSessionOptions options;
    options.lab = given.options.lab;
    options.connect = [&context] { return context.connect("ingest allen"); };
    const auto source = load::allen_session_source(std::move(files), options);
    return run_session_ingest(*source, given, context, context.json ? &out["sessions"] : nullptr);
}

int run(const AllenArguments& arguments, const Context& context) {
    auto given = arguments;
    given.options.lab = given.lab;
    given.options.dry_run = given.dry_run;
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
    if (!context.json) {
        bool has_tables = false;
        for (const auto& fact : out["paths"]) {
            print(fact, context);
            has_tables = has_tables || !fact["tables"].empty();
        }
        if (has_tables) std::printf("time of the tables: %s\n", duration_text(seconds).c_str());
        if (given.dry_run) print_dry_run(context);
    }
    const int status = run_sessions(outcomes, given, context, out);
    if (context.json) std::printf("%s\n", out.dump(2, ' ', true).c_str());
    return status != 0 ? status : is_partial ? static_cast<int>(ErrorKind::partial) : 0;
}

}  // namespace

void declare_ingest_allen(CLI::App& command, Context& context) {
    auto arguments = std::make_shared<AllenArguments>();
    command.footer(
        "A path is a cache folder (manifests at its top), a copy of the bucket, a folder with the "
        "tables behavior_session_table.csv, ophys_session_table.csv, ophys_experiment_table.csv and "
        "ophys_cells_table.csv, one such table, a folder of session files, or one session file: "
        "behaviour or imaging (.nwb), or a raw log (.json, .json.gz, its encoder's .npz beside it). "
        "Tables are loaded first. Every column is kept; sessions that the tables alone name are "
        "sessions, too. Planes of an imaging session come in several files: its behaviour is loaded "
        "once, each file adds its plane. A bad cell costs its row, a bad file itself (see trialbase "
        "errors). Exit status 8: some rows or files were left out.");
    add_paths(command, arguments->paths, "Cache folders, tables or session files");
    command.add_option("--manifest", arguments->options.manifest,
                       "Version of the manifest to use (1.0.1); default: the one that the cache "
                       "used last, else the newest");
    arguments->lab = arguments->options.lab;
    add_lab(command, arguments->lab, "Lab that the sessions belong to (default: allen)");
    command.add_flag("--tables-only", arguments->tables_only, "Leave the session files alone");
    command
        .add_option("--source", arguments->options.source,
                    "Source of the sessions, part of their identity: allen, or simulated (default "
                    "below a simulated folder)")
        ->check(CLI::IsMember({"allen", "simulated"}));
    add_jobs(command, arguments->jobs);
    add_dry_run(command, arguments->dry_run);
    command.callback([arguments, &context] {
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
