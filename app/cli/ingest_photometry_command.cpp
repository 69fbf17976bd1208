// trialbase ingest photometry: session trees, single recordings, tables of fibres.
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/print.hpp"
#include "ingest/alf/session_reader.hpp"
#include "ingest/load/ingest_alf.hpp"
#include "ingest/load/recording_batch.hpp"

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using load::RecordingOutcome;
using nlohmann::json;

struct PhotometryArguments : IngestArguments {
    load::RecordingIdentity identity;
    std::string time_unit = "s";
    bool replaces = false;
};

json to_json(const RecordingOutcome& outcome) {
    const auto file = db::sanitize_text(outcome.file.string());
    if (outcome.failure) {
        const auto& failure = *outcome.failure;
        return {{"file", file},
                {"type", failure.type},
                {"message", db::sanitize_text(failure.message)},
                {"hint", db::sanitize_text(failure.hint)}};
    }
    if (outcome.fibers) {
        json missing = json::array();
        for (const auto& subject : outcome.fibers->missing)
            missing.push_back(db::sanitize_text(subject));
        return {{"file", file},
                {"fibers", outcome.fibers->fibers},
                {"changed", outcome.fibers->changed},
                {"subjects_missing", missing}};
    }
    const auto& session = *outcome.session;
    const auto& photometry = *session.photometry;
    return {{"file", file},
            {"session", db::sanitize_text(session.identifier())},
            {"session_id", outcome.result.session_id},
            {"lab", db::sanitize_text(session.lab)},
            {"subject", db::sanitize_text(session.subject)},
            {"source", session.source},
            {"outcome", std::string(load::to_string(outcome.result.outcome))},
            {"clock", photometry.is_on_session_clock ? "session" : "rig"},
            {"frames", photometry.n_frames},
            {"bands", photometry.bands.size()},
            {"recordings", photometry.recordings.size()},
            {"issues", outcome.issue_counts()}};
}

void print(const json& fact, HintsOnce& hints) {
    const auto text = [&](const char* name) { return fact[name].get<std::string>(); };
    const auto number = [&](const char* name) { return fact[name].get<long long>(); };
    const auto file = text("file");
    if (fact.contains("type")) {
        std::fprintf(stderr, "failed: %s: %s: %s\n", file.c_str(), text("type").c_str(),
                     text("message").c_str());
        hints.tell(text("hint"));
    } else if (fact.contains("session")) {
        std::printf("%s: %s, %lld frames, %lld bands, %lld fibres, %s clock (%s)\n",
                    text("outcome").c_str(), text("session").c_str(), number("frames"),
                    number("bands"), number("recordings"), text("clock").c_str(), file.c_str());
    } else {
        std::printf("fibres: %lld, of which %lld new or changed (%s)\n", number("fibers"),
                    number("changed"), file.c_str());
        for (const auto& subject : fact["subjects_missing"]) {
            std::fprintf(stderr,
                         "note: %s: the lab has no subject %s yet; its fibres are left out\n",
                         file.c_str(), subject.get<std::string>().c_str());
        }
    }
}

/// The paths of the command by what they are.
struct Paths {
    std::vector<std::filesystem::path> trees;
    std::vector<std::string> recordings, tables;
};

Paths sort_out(const std::vector<std::string>& given) {
    Paths paths;
    for (const auto& path : given) {
        switch (load::photometry_source(path)) {
            case load::PhotometrySource::session_tree:
                paths.trees.emplace_back(path);
                break;
            case load::PhotometrySource::recording:
                paths.recordings.push_back(path);
                break;
            case load::PhotometrySource::recordings:
                for (const auto& file : load::recordings_below(path))
                    paths.recordings.push_back(file.string());
                if (!alf::find_sessions(path).empty()) paths.trees.emplace_back(path);
                break;
            case load::PhotometrySource::fibers:
                paths.tables.push_back(path);
                break;
        }
    }
    return paths;
}

load::AlfOptions alf_options(const PhotometryArguments& given) {
    load::AlfOptions options;
    options.lab = given.lab;
    options.subject = given.identity.subject;
    options.date = given.identity.date;
    options.number = given.identity.number;
    options.source = given.source;
    options.is_source_asked = given.names_source;
    options.frame_unit_s = time_unit_s(given.time_unit);
    options.is_beside_others = given.paths.size() > 1;
    return options;
}

load::RecordingBatchOptions batch_options(const PhotometryArguments& given,
                                          const Context& context) {
    load::RecordingBatchOptions options;
    options.identity = given.identity;
    options.identity.lab = given.lab;
    if (given.names_source) options.identity.source = given.source;
    options.identity.unit_s = time_unit_s(given.time_unit);
    options.store = context.store_options();
    options.connect = [&context] { return context.connect("ingest"); };
    options.dry_run = given.dry_run;
    options.replaces = given.replaces;
    options.is_only_path = given.paths.size() == 1;
    return options;
}

int run(const PhotometryArguments& given, const Context& context) {
    const auto paths = sort_out(given.paths);
    json out = json::object();
    int status = 0;
    std::optional<load::RecordingBatch> batch;  // what is wrong with its options is said first
    if (!paths.recordings.empty() || !paths.tables.empty())
        batch.emplace(batch_options(given, context));
    if (!paths.trees.empty()) {
        const auto trees = load::alf_source(paths.trees, alf_options(given));
        status = run_session_ingest(*trees, given, context, context.json ? &out : nullptr);
    }
    auto facts = json::array();
    std::map<std::string, std::size_t> issues;
    if (batch && !ingest_stop_asked.load()) {
        ProgressLine line(wants_progress(context));
        const auto keep = [&](const RecordingOutcome& outcome) {
            facts.push_back(to_json(outcome));
            for (const auto& [type, count] : outcome.issue_counts()) issues[type] += count;
            if (outcome.failure) status = static_cast<int>(ErrorKind::partial);
        };
        for (const auto& path : paths.recordings) {
            line.show(std::to_string(facts.size() + 1) + " of " +
                      std::to_string(paths.recordings.size()) + " recordings");
            keep(batch->take_recording(path));
        }
        line.clear();
        for (const auto& [type, count] : batch->finish()) issues[type] += count;
        for (const auto& path : paths.tables) keep(batch->take_fibers(path));
    }
    if (context.json) {
        out["recordings"] = std::move(facts);
        auto& counts = out["issues"];
        if (counts.is_null()) counts = json::object();
        for (const auto& [type, count] : issues)
            counts[type] = counts.value(type, std::size_t{0}) + count;
        out["dry_run"] = given.dry_run;
        std::printf("%s\n", out.dump(2, ' ', true).c_str());
        return status;
    }
    HintsOnce hints;
    for (const auto& fact : facts) print(fact, hints);
    print_issues(issues);
    if (given.dry_run && paths.trees.empty()) print_dry_run(context);
    return status;
}

}  // namespace

void declare_ingest_photometry(CLI::App& command, Context& context) {
    auto options = std::make_shared<PhotometryArguments>();
    add_paths(command, options->paths,
              "Folders of sessions, recordings (.ppd or a folder with them, .csv or .pqt of "
              "frames, or a folder with frames and digital inputs), CSV with subject and "
              "targeted_region");
    add_lab(command, options->lab, "Lab, where the path names none");
    command.add_option("--subject", options->identity.subject,
                       "Subject of a recording whose file does not say");
    command.add_option("--date", options->identity.date, "Date of such a recording (2024-11-05)");
    command.add_option("--number", options->identity.number,
                       "Number of the session on its day (default: the time of a .ppd, else 001)");
    add_time_unit(command, options->time_unit);
    command.add_flag("--replace", options->replaces,
                     "Put a recording in the place of another one of the same session");
    add_source(command, *options, {"ibl", "simulated"},
               "Source of the sessions, part of their identity: ibl, or simulated "
               "(default below a simulated folder)");
    add_jobs(command, options->jobs, "Sessions at once, of trees");
    add_dry_run(command, options->dry_run);
    command.callback([options, &context] {
        context.run = [options, &context] { return run(*options, context); };
    });
}

}  // namespace tb::app
