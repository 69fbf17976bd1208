// trialbase ingest allen: releases of the Allen Institute's visual-behaviour projects.
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/print.hpp"
#include "ingest/allen/release.hpp"
#include "ingest/load/ingest_allen.hpp"

#include <algorithm>
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
    bool is_fetched = false;
    allen::ReleaseRequest request;
    unsigned downloads = 6;
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
    json out{
        {"path", db::sanitize_text(outcome.path)},
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
    HintsOnce hints;
    for (const auto& failure : fact["failures"]) {
        std::fprintf(stderr, "failed: %s: %s [%s]\n", failure["type"].get<std::string>().c_str(),
                     failure["message"].get<std::string>().c_str(),
                     failure["file"].get<std::string>().c_str());
        hints.tell(failure["hint"].get<std::string>());
    }
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
    std::printf(
        "%s",
        text_table({"table", "rows", "new", "changed", "unchanged", "refused"}, rows).c_str());
    std::printf("%s: release %s, %s sessions (%s new) of %s mice\n",
                fact["path"].get<std::string>().c_str(),
                fact["release"].is_null() ? "not told" : fact["release"].get<std::string>().c_str(),
                count(fact["sessions"]["named"]).c_str(), count(fact["sessions"]["new"]).c_str(),
                count(fact["subjects"]).c_str());
    std::string text;
    for (const auto& [type, number] : fact["issues"].items())
        text += (text.empty() ? "" : ", ") + count(number) + " " + type;
    if (!text.empty())
        std::printf("issues: %s (trialbase query session_issues, trialbase errors)\n",
                    text.c_str());
}

const char* word(fetch::DownloadState state) {
    switch (state) {
        case fetch::DownloadState::present:
            return "present";
        case fetch::DownloadState::linked:
            return "linked";
        case fetch::DownloadState::downloaded:
            return "downloaded";
        case fetch::DownloadState::failed:
            break;
    }
    return "failed";
}

json to_json(const allen::FetchedRelease& release) {
    json out{{"release", release.version},
             {"notes", release.notes},
             {"recorded", release.recorded},
             {"files", json::array()}};
    for (const auto& file : release.files) {
        json one{{"file", db::sanitize_text(file.name)},
                 {"state", word(file.outcome.state)},
                 {"bytes", file.outcome.bytes},
                 {"resumed", file.outcome.resumed}};
        if (file.outcome.error) {
            one["type"] = file.outcome.error->type();
            one["message"] = db::sanitize_text(file.outcome.error->what());
            one["hint"] = file.outcome.error->hint();
        }
        out["files"].push_back(std::move(one));
    }
    return out;
}

/// Brings what is missing into the cache folder. What became of each file is printed at once.
allen::FetchedRelease fetch_release(const AllenArguments& given, const Context& context) {
    if (given.paths.size() != 1)
        throw Error(ErrorKind::usage, "--fetch takes one path: the cache folder");
    if (given.dry_run)
        throw Error(ErrorKind::usage, "--fetch and --dry-run do not go together",
                    "Fetch first, then load with --dry-run.");
    stop_ingest_on_signals();
    auto request = given.request;
    request.version = given.options.manifest;
    fetch::DownloadOptions options;
    options.parallel = given.downloads;
    options.stop = &ingest_stop_asked;
    ProgressLine line(wants_progress(context));
    options.progress = [&](const fetch::DownloadProgress& one) {
        char text[160];
        std::snprintf(
            text, sizeof text, "file %zu: %s bytes%s, %.1f MB/s", one.job + 1,
            with_commas(static_cast<std::int64_t>(one.bytes)).c_str(),
            one.size ? (" of " + with_commas(static_cast<std::int64_t>(*one.size))).c_str() : "",
            one.bytes_per_s / 1e6);
        line.show(text);
    };
    auto release = allen::fetch_release(given.paths.front(), request, options);
    line.clear();
    if (context.json) return release;
    for (const auto& note : release.notes) {
        if (!context.quiet) std::fprintf(stderr, "note: %s\n", note.c_str());
    }
    if (release.recorded > 0)
        std::printf("%zu files that were there are entered in _downloaded_data.json\n",
                    release.recorded);
    std::size_t counts[4] = {};
    std::uint64_t bytes = 0;
    for (const auto& file : release.files) {
        ++counts[static_cast<std::size_t>(file.outcome.state)];
        bytes += file.outcome.bytes;
        if (file.outcome.error)
            std::fprintf(stderr, "failed: %s: %s%s%s\n", file.name.c_str(),
                         file.outcome.error->type().c_str(),
                         file.outcome.error->type().empty() ? "" : ": ",
                         file.outcome.error->what());
    }
    std::printf(
        "release %s: %zu files downloaded (%s bytes), %zu linked, %zu present, %zu failed\n",
        release.version.c_str(), counts[2], with_commas(static_cast<std::int64_t>(bytes)).c_str(),
        counts[1], counts[0], counts[3]);
    return release;
}

/// Loads the session files after the tables. @return the exit status
int run_sessions(db::Session& session, const std::vector<load::AllenOutcome>& outcomes,
                 const AllenArguments& given, const Context& context, json& out) {
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
    options.is_lab_asked = given.options.is_lab_asked;
    options.dry_run = given.dry_run;
    options.connect = [&context] { return context.connect("ingest allen"); };
    const auto source = load::allen_session_source(std::move(files), options);
    const int status =
        run_session_ingest(*source, given, context, context.json ? &out["sessions"] : nullptr);
    if (!given.dry_run) load::flag_overlapping_sessions(session);
    return status;
}

int run(const AllenArguments& arguments, const Context& context) {
    auto given = arguments;
    given.options.lab = given.lab;
    given.options.dry_run = given.dry_run;
    auto session = context.connect("ingest allen");
    json fetched;
    bool is_partial = false;
    if (given.is_fetched) {
        const auto release = fetch_release(given, context);
        fetched = to_json(release);
        is_partial = std::ranges::any_of(release.files, [](const auto& file) {
            return file.outcome.state == fetch::DownloadState::failed;
        });
        if (ingest_stop_asked.load()) {
            std::fprintf(stderr, "stopped: run it again, it goes on where it stopped\n");
            return 130;
        }
    }
    const auto start = std::chrono::steady_clock::now();
    const std::vector<std::filesystem::path> paths(given.paths.begin(), given.paths.end());
    const auto outcomes = load::ingest_allen(session, paths, given.options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    json out{{"paths", json::array()}, {"seconds", seconds}, {"dry_run", given.options.dry_run}};
    if (given.is_fetched) out["fetched"] = fetched;
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
    const int status = run_sessions(session, outcomes, given, context, out);
    if (context.json) std::printf("%s\n", out.dump(2, ' ', true).c_str());
    return status != 0 ? status : is_partial ? static_cast<int>(ErrorKind::partial) : 0;
}

}  // namespace

void declare_ingest_allen(CLI::App& command, Context& context) {
    auto arguments = std::make_shared<AllenArguments>();
    command.footer(
        "A path is a cache folder (manifests at its top), a copy of the bucket, a folder with the "
        "tables behavior_session_table.csv, ophys_session_table.csv, ophys_experiment_table.csv "
        "and "
        "ophys_cells_table.csv, one such table, a folder of session files (other JSON in it is "
        "left alone), or one session file: "
        "behaviour or imaging (.nwb), or a raw log (.json, .json.gz, its encoder's .npz beside "
        "it). "
        "Tables are loaded first. Every column is kept; sessions that the tables alone name are "
        "sessions, too. Planes of an imaging session come in several files: its behaviour is "
        "loaded "
        "once, each file adds its plane. A bad cell costs its row, a bad file itself (see "
        "trialbase "
        "errors). Exit status 8: some rows or files were left out.\n"
        "With --fetch the path is a cache folder, made where it is not there: the manifest, the "
        "tables and the session files asked for are downloaded from the public bucket, what is "
        "there is left alone, what was interrupted goes on, and every file is compared with its "
        "checksum before it gets its name. The Allen Institute's package finds them there.");
    add_paths(command, arguments->paths, "Cache folders, tables or session files");
    command.add_option("--manifest", arguments->options.manifest,
                       "Version of the manifest to use (1.0.1); default: the one that the cache "
                       "used last, else the newest");
    arguments->lab = arguments->options.lab;
    add_lab(command, arguments->lab,
            "Lab that the sessions belong to (default: the one that they are held in, else "
            "allen); sessions and mice that are held in another lab are refused");
    command.add_flag("--tables-only", arguments->tables_only, "Leave the session files alone");
    command
        .add_option("--source", arguments->options.source,
                    "Source of the sessions, part of their identity: allen, or simulated (default "
                    "of files that say that they are simulated, or lie below a folder that does)")
        ->check(one_of({"allen", "simulated"}));
    command.add_flag("--check", arguments->options.checks_files,
                     "Compare session files with the manifest's checksums, as tables always are");
    auto* const fetched = command.add_flag("--fetch", arguments->is_fetched,
                                           "Download what is missing in the cache folder first");
    command
        .add_option("--sessions", arguments->request.behavior_session_ids,
                    "Behaviour sessions whose files are fetched, too (their numbers)")
        ->delimiter(',')
        ->needs(fetched);
    command
        .add_option("--experiments", arguments->request.ophys_experiment_ids,
                    "Imaging experiments whose files are fetched, too (their numbers)")
        ->delimiter(',')
        ->needs(fetched);
    command
        .add_flag("--all-files", arguments->request.all_session_files,
                  "Fetch every file of the release, too: hundreds of gigabytes")
        ->needs(fetched);
    command
        .add_flag("--rebuild-record", arguments->request.rebuild_record,
                  "Hash the files that are in the folder and not in its _downloaded_data.json, so "
                  "that no release fetches them again")
        ->needs(fetched);
    command.add_option("--bucket", arguments->request.bucket_url, "Address of the bucket")
        ->needs(fetched)
        ->capture_default_str();
    command.add_option("--downloads", arguments->downloads, "Files fetched at once")
        ->check(CLI::Range(1, 32))
        ->needs(fetched)
        ->capture_default_str();
    add_jobs(command, arguments->jobs);
    add_dry_run(command, arguments->dry_run);
    command.callback([arguments, &context, &command] {
        arguments->options.is_lab_asked = command.count("--lab") > 0;
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
