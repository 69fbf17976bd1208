// trialbase ingest: loads sessions of a source into the database.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "ingest/alf/session_reader.hpp"
#include "ingest/load/ingest_alf.hpp"
#include "ingest/load/ingest_photometry.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

struct Options {
    std::vector<std::string> paths;
    std::string lab;
    unsigned jobs = 0;
    bool dry_run = false;
    std::string source = "ibl";
    bool is_source_asked = false;
    bool keep_every_wheel = false;
    load::RecordingIdentity identity;
};

std::atomic<bool> stop_asked{false};

extern "C" void ask_to_stop(int) {
    stop_asked.store(true);
}

nlohmann::json to_json(const load::IngestSummary& summary, double seconds, bool dry_run) {
    nlohmann::json out{{"labs", summary.labs},
                       {"subjects", summary.subjects},
                       {"sessions",
                        {{"new", summary.added},
                         {"changed", summary.updated},
                         {"unchanged", summary.unchanged},
                         {"failed", summary.failures.size()}}},
                       {"trials", summary.trials},
                       {"seconds", seconds},
                       {"dry_run", dry_run},
                       {"names", nlohmann::json::array()},
                       {"issues", summary.issues},
                       {"failures", nlohmann::json::array()}};
    for (const auto& name : summary.names) out["names"].push_back(db::sanitize_text(name));
    for (const auto& failure : summary.failures) {
        out["failures"].push_back({{"session", db::sanitize_text(failure.identifier)},
                                   {"type", failure.type},
                                   {"message", db::sanitize_text(failure.message)},
                                   {"hint", db::sanitize_text(failure.hint)},
                                   {"file", db::sanitize_text(failure.file)}});
    }
    return out;
}

/// Labs with their subjects, as the sessions that were met name them: one line a lab.
void print_names(const load::IngestSummary& summary) {
    std::map<std::string, std::string> subjects;
    for (const auto& name : summary.names) {
        const auto slash = name.find('/');
        auto& list = subjects[name.substr(0, slash)];
        list += (list.empty() ? "" : ", ") + name.substr(slash + 1);
    }
    for (const auto& [lab, list] : subjects)
        std::printf("lab %s: %s\n", db::sanitize_text(lab).c_str(),
                    db::sanitize_text(list).c_str());
}

void print_issues(const load::IngestSummary& summary) {
    if (summary.issues.empty()) return;
    std::string text;
    for (const auto& [type, count] : summary.issues) {
        text +=
            (text.empty() ? "" : ", ") + with_commas(static_cast<std::int64_t>(count)) + " " + type;
    }
    std::printf("issues: %s (trialbase query session_issues)\n", text.c_str());
}

/// @param out  gets the facts of --json instead of stdout; null: print them
int run_alf(const Options& given, const Context& context, nlohmann::json* out = nullptr) {
    load::IngestOptions options;
    options.lab = given.lab;
    options.subject = given.identity.subject;
    options.date = given.identity.date;
    options.number = given.identity.number;
    options.jobs = given.jobs;
    options.dry_run = given.dry_run;
    options.source = given.source;
    options.is_source_asked = given.is_source_asked;
    options.store = context.store_options();
    options.keep_every_wheel = given.keep_every_wheel;
    options.stop = &stop_asked;
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    // Once here, so that a schema that is missing or too new is said before anything is read.
    { (void)context.connect("ingest"); }
    options.connect = [&context] { return context.connect("ingest"); };
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    ProgressLine line(wants_progress(context));
    options.progress = [&](const load::IngestSummary& so_far) {
        const auto sessions =
            so_far.added + so_far.updated + so_far.unchanged + so_far.failures.size();
        char text[160];
        std::snprintf(text, sizeof text, "%zu sessions, %zu failed, %s trials, %.1f sessions/s",
                      sessions, so_far.failures.size(), with_commas(so_far.trials).c_str(),
                      static_cast<double>(sessions) / std::max(elapsed(), 1e-3));
        line.show(text);
    };
    const std::vector<std::filesystem::path> paths(given.paths.begin(), given.paths.end());
    const auto summary = load::ingest_alf(paths, options);
    const double seconds = elapsed();
    line.clear();
    if (out != nullptr) {
        *out = to_json(summary, seconds, given.dry_run);
    } else if (context.json) {
        std::printf("%s\n", to_json(summary, seconds, given.dry_run).dump(2).c_str());
    } else {
        for (const auto& failure : summary.failures) {
            std::fprintf(stderr, "failed: %s: %s: %s [%s]\n",
                         db::sanitize_text(failure.identifier).c_str(), failure.type.c_str(),
                         db::sanitize_text(failure.message).c_str(),
                         db::sanitize_text(failure.file).c_str());
        }
        const auto count = [](std::size_t value) {
            return with_commas(static_cast<std::int64_t>(value));
        };
        std::printf(
            "%s",
            text_table(
                {"labs", "subjects", "new", "changed", "unchanged", "failed", "trials", "time"},
                {{count(summary.labs), count(summary.subjects), count(summary.added),
                  count(summary.updated), count(summary.unchanged), count(summary.failures.size()),
                  with_commas(summary.trials), duration_text(seconds)}})
                .c_str());
        print_issues(summary);
        if (given.dry_run) {
            print_names(summary);
            if (!context.quiet) std::fprintf(stderr, "nothing was written (--dry-run)\n");
        }
    }
    if (stop_asked.load()) {
        std::fprintf(stderr, "stopped: what was loaded stays, run it again for the rest\n");
        return 130;
    }
    return summary.failures.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

void print_recordings(const nlohmann::json& facts) {
    for (const auto& fact : facts) {
        const auto file = fact["file"].get<std::string>();
        if (fact.contains("type")) {
            std::fprintf(stderr, "failed: %s: %s: %s\n", file.c_str(),
                         fact["type"].get<std::string>().c_str(),
                         fact["message"].get<std::string>().c_str());
        } else if (fact.contains("session")) {
            std::printf("%s: %s, %lld frames, %lld bands, %lld fibres, %s clock (%s)\n",
                        fact["outcome"].get<std::string>().c_str(),
                        fact["session"].get<std::string>().c_str(), fact["frames"].get<long long>(),
                        fact["bands"].get<long long>(), fact["recordings"].get<long long>(),
                        fact["clock"].get<std::string>().c_str(), file.c_str());
        } else {
            std::printf("fibres: %d, of which %d new or changed (%s)\n", fact["fibers"].get<int>(),
                        fact["changed"].get<int>(), file.c_str());
            for (const auto& subject : fact["subjects_missing"]) {
                std::fprintf(stderr,
                             "note: %s: the lab has no subject %s yet; its fibres are left out\n",
                             file.c_str(), db::sanitize_text(subject.get<std::string>()).c_str());
            }
        }
    }
}

nlohmann::json ingest_recording(const std::string& path, const Options& given,
                                load::SessionLoader& loader, std::set<std::string>& seen) {
    auto identity = given.identity;
    identity.lab = given.lab;
    identity.source = given.source;
    try {
        const auto session = load::read_recording(path, identity);
        if (!seen.insert(session.identifier()).second) {
            throw Error(ErrorKind::usage,
                        path + ": another recording of this command is session " +
                            session.identifier() + " already",
                        "Ingest them one by one, each with its own --number.");
        }
        const auto result = given.dry_run ? loader.preview(session) : loader.load(session);
        return {{"file", path},
                {"session", session.identifier()},
                {"session_id", result.session_id},
                {"outcome", std::string(load::to_string(result.outcome))},
                {"clock", session.photometry->is_on_session_clock ? "session" : "rig"},
                {"frames", session.photometry->n_frames},
                {"bands", session.photometry->bands.size()},
                {"recordings", session.photometry->recordings.size()}};
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::usage) throw;
        const auto failure = load::failure_of(error, given.source, path, given.lab, path);
        if (!given.dry_run) loader.record(failure);
        return {{"file", path},
                {"type", failure.type},
                {"message", db::sanitize_text(failure.message)},
                {"hint", db::sanitize_text(failure.hint)}};
    }
}

/// Session trees as run_alf; single recordings and tables of fibres one after another.
int run_photometry(const Options& given, const Context& context) {
    Options trees = given;
    trees.paths.clear();
    std::vector<std::string> recordings, tables;
    for (const auto& path : given.paths) {
        switch (load::photometry_source(path)) {
            case load::PhotometrySource::session_tree:
                trees.paths.push_back(path);
                break;
            case load::PhotometrySource::recording:
                recordings.push_back(path);
                break;
            case load::PhotometrySource::recordings:
                for (const auto& file : load::recordings_below(path))
                    recordings.push_back(file.string());
                if (!alf::find_sessions(path).empty()) trees.paths.push_back(path);
                break;
            case load::PhotometrySource::fibers:
                tables.push_back(path);
                break;
        }
    }
    if (!tables.empty() && given.lab.empty()) {
        throw Error(ErrorKind::usage, tables[0] + ": a table of fibres names no lab",
                    "Name it with --lab.");
    }
    nlohmann::json out = nlohmann::json::object();
    int status = 0;
    if (!trees.paths.empty()) status = run_alf(trees, context, context.json ? &out : nullptr);
    auto facts = nlohmann::json::array();
    if (!recordings.empty() && !stop_asked.load()) {
        load::SessionLoader loader(context.connect("ingest"), context.store_options());
        std::set<std::string> seen;
        ProgressLine line(wants_progress(context));
        for (const auto& path : recordings) {
            line.show(std::to_string(facts.size() + 1) + " of " +
                      std::to_string(recordings.size()) + " recordings");
            facts.push_back(ingest_recording(path, given, loader, seen));
            if (facts.back().contains("type")) status = static_cast<int>(ErrorKind::partial);
        }
        line.clear();
        loader.flush();
    }
    for (const auto& path : tables) {
        if (given.dry_run) {
            if (!context.quiet)
                std::fprintf(stderr, "left out: %s (--dry-run reads no tables of fibres)\n",
                             path.c_str());
            continue;
        }
        auto session = context.connect("ingest");
        const auto import = load::import_fibers(session, path, given.lab);
        facts.push_back({{"file", path},
                         {"fibers", import.fibers},
                         {"changed", import.changed},
                         {"subjects_missing", import.missing}});
    }
    if (context.json) {
        out["recordings"] = std::move(facts);
        std::printf("%s\n", out.dump(2, ' ', true).c_str());
    } else {
        print_recordings(facts);
    }
    return status;
}

}  // namespace

void add_ingest_command(CLI::App& app, Context& context) {
    auto* const ingest =
        app.add_subcommand("ingest",
                           "Load sessions; what is loaded already and has not changed is left "
                           "alone.\nExample: trialbase ingest alf /data/Subjects");
    ingest->require_subcommand(1);
    auto options = std::make_shared<Options>();
    auto* const alf = ingest->add_subcommand(
        "alf",
        "Sessions of two-alternative choice from ALF/ONE folders or archives\n"
        "Example: trialbase ingest alf /data/FlatIron --jobs 4");
    alf->add_option(
           "paths", options->paths,
           "Folders ([lab/Subjects/]subject/date/number below them) or tar and zip archives")
        ->required();
    alf->add_option(
        "--lab", options->lab,
        "Lab of trees that name none; a session whose path names another lab is refused");
    alf->add_option("--subject", options->identity.subject,
                    "Only of this subject: a session whose path names another one is refused");
    alf->add_option("--number", options->identity.number,
                    "Only of this number: a session whose path says another one is refused");
    auto* const source = alf->add_option(
        "--source", options->source,
        "Source of the sessions, part of their identity: ibl, or simulated. Sessions that "
        "trialbase simulate wrote are known as simulated, and refused where ibl is asked for");
    source->check(CLI::IsMember({"ibl", "simulated"}))->capture_default_str();
    alf->add_option("--jobs", options->jobs,
                    "Sessions at once (default: one per processor, at least 2)")
        ->check(CLI::Range(1, 64));
    alf->add_flag(
        "--wheel", options->keep_every_wheel,
        "Keep the wheel trace of every session in the array store, not only of those with "
        "photometry");
    alf->add_flag("--dry-run", options->dry_run, "Say what would be loaded, write nothing");
    alf->callback([options, source, &context] {
        options->is_source_asked = source->count() > 0;
        context.run = [options, &context] { return run_alf(*options, context); };
    });

    auto* const photometry = ingest->add_subcommand(
        "photometry",
        "Fibre photometry: session trees, single recordings (.ppd, raw frames), tables of fibres\n"
        "Example: trialbase ingest photometry rig1.ppd fibers.csv --lab cortexlab");
    photometry
        ->add_option("paths", options->paths,
                     "Folders of sessions, recordings (.ppd or a folder with them, .csv or .pqt of "
                     "frames, or a folder with frames and digital inputs), CSV with subject and "
                     "targeted_region")
        ->required();
    photometry->add_option("--lab", options->lab, "Lab, where the path names none");
    photometry->add_option("--subject", options->identity.subject,
                           "Subject of a recording whose file does not say");
    photometry->add_option("--date", options->identity.date,
                           "Date of such a recording (2024-11-05)");
    photometry->add_option(
        "--number", options->identity.number,
        "Number of the session on its day (default: the time of a .ppd, else 001)");
    auto* const photometry_source =
        photometry->add_option("--source", options->source,
                               "Source of the sessions, part of their identity: ibl, or simulated");
    photometry_source->check(CLI::IsMember({"ibl", "simulated"}))->capture_default_str();
    photometry->add_option("--jobs", options->jobs, "Sessions at once, of trees")
        ->check(CLI::Range(1, 64));
    photometry->add_flag("--dry-run", options->dry_run, "Say what would be loaded, write nothing");
    photometry->callback([options, photometry_source, &context] {
        options->is_source_asked = photometry_source->count() > 0;
        context.run = [options, &context] { return run_photometry(*options, context); };
    });

    add_ingest_csv_command(*ingest, context);
}

}  // namespace tb::app
