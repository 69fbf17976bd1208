// trialbase ingest: loads sessions of a source into the database.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/ingest_runs.hpp"
#include "app/cli/print.hpp"
#include "ingest/load/ingest_alf.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

extern "C" void ask_to_stop(int) {
    ingest_stop_asked.store(true);
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

}  // namespace

std::atomic<bool> ingest_stop_asked{false};

void stop_ingest_on_signals() {
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
}

void add_time_unit(CLI::App& command, IngestArguments& arguments) {
    command
        .add_option("--time-unit", arguments.time_unit,
                    "Unit of the times of raw photometry frames and digital inputs: s, ms or us")
        ->check(CLI::IsMember({"s", "ms", "us"}))
        ->capture_default_str();
}

double time_unit_s(const IngestArguments& arguments) {
    return arguments.time_unit == "us" ? 1e-6 : arguments.time_unit == "ms" ? 1e-3 : 1.0;
}

int run_ingest_alf(const IngestArguments& given, const Context& context, nlohmann::json* out) {
    load::IngestOptions options;
    options.lab = given.lab;
    options.subject = given.identity.subject;
    options.date = given.identity.date;
    options.number = given.identity.number;
    options.jobs = given.jobs;
    options.dry_run = given.dry_run;
    options.source = given.source;
    options.is_source_asked = given.names_source;
    options.store = context.store_options();
    options.keep_every_wheel = given.keep_every_wheel;
    options.frame_unit_s = time_unit_s(given);
    options.stop = &ingest_stop_asked;
    stop_ingest_on_signals();
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
    if (ingest_stop_asked.load()) {
        std::fprintf(stderr, "stopped: what was loaded stays, run it again for the rest\n");
        return 130;
    }
    return summary.failures.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

void add_ingest_command(CLI::App& app, Context& context) {
    auto* const ingest =
        app.add_subcommand("ingest",
                           "Load sessions; what is loaded already and has not changed is left "
                           "alone.\nExample: trialbase ingest alf /data/Subjects");
    ingest->require_subcommand(1);
    auto options = std::make_shared<IngestArguments>();
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
    add_time_unit(*alf, *options);
    alf->add_flag("--dry-run", options->dry_run, "Say what would be loaded, write nothing");
    alf->callback([options, source, &context] {
        options->names_source = source->count() > 0;
        context.run = [options, &context] { return run_ingest_alf(*options, context); };
    });

    add_ingest_allen_command(*ingest, context);
    add_ingest_photometry_command(*ingest, context);
    add_ingest_csv_command(*ingest, context);
}

}  // namespace tb::app
