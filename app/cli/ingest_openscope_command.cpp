// trialbase ingest openscope: two-photon sessions of the OpenScope credit-assignment experiment.
#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/print.hpp"
#include "ingest/load/ingest_openscope.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

struct OpenScopeArguments : IngestArguments {
    bool names_lab = false;  ///< --lab was given
    bool wants_images = false;
    bool tables_only = false;
};

nlohmann::json facts_of(const load::OpenScopeOutcome& outcome) {
    nlohmann::json out{
        {"subjects", outcome.tables.subjects},
        {"sessions", {{"named", outcome.tables.sessions}, {"new", outcome.tables.new_sessions}}},
        {"tables", nlohmann::json::array()},
        {"session_files", outcome.session_files.size()},
        {"issues", outcome.tables.issues},
        {"failures", nlohmann::json::array()}};
    for (const auto& table : outcome.tables.tables)
        out["tables"].push_back({{"table", table.table},
                                 {"file", db::sanitize_text(table.file)},
                                 {"rows", table.rows},
                                 {"new", table.added},
                                 {"changed", table.changed},
                                 {"unchanged", table.unchanged},
                                 {"refused", table.refused}});
    for (const auto* list : {&outcome.failures, &outcome.tables.failures})
        for (const auto& failure : *list)
            out["failures"].push_back({{"row", db::sanitize_text(failure.identifier)},
                                       {"type", failure.type},
                                       {"message", db::sanitize_text(failure.message)},
                                       {"hint", db::sanitize_text(failure.hint)},
                                       {"file", db::sanitize_text(failure.file)}});
    return out;
}

/// Tables by name: tracking files are many.
void print_tables(const load::OpenScopeOutcome& outcome) {
    HintsOnce hints;
    for (const auto* list : {&outcome.failures, &outcome.tables.failures})
        for (const auto& failure : *list) {
            std::fprintf(stderr, "failed: %s: %s [%s]\n", failure.type.c_str(),
                         db::sanitize_text(failure.message).c_str(),
                         db::sanitize_text(failure.file).c_str());
            hints.tell(db::sanitize_text(failure.hint));
        }
    std::vector<load::ProjectTableSummary> tables;
    for (const auto& one : outcome.tables.tables) {
        const auto same = std::ranges::find(tables, one.table, &load::ProjectTableSummary::table);
        if (same == tables.end()) {
            tables.push_back(one);
            continue;
        }
        same->rows += one.rows;
        same->added += one.added;
        same->changed += one.changed;
        same->unchanged += one.unchanged;
        same->refused += one.refused;
    }
    if (tables.empty()) return;
    const auto count = [](std::size_t number) {
        return with_commas(static_cast<std::int64_t>(number));
    };
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : tables)
        rows.push_back({one.table, count(one.rows), count(one.added), count(one.changed),
                        count(one.unchanged), count(one.refused)});
    std::printf(
        "%s",
        text_table({"table", "rows", "new", "changed", "unchanged", "refused"}, rows).c_str());
    std::printf("%s sessions (%s new) of %s mice\n", count(outcome.tables.sessions).c_str(),
                count(outcome.tables.new_sessions).c_str(), count(outcome.tables.subjects).c_str());
}

int run(const OpenScopeArguments& given, const Context& context) {
    load::OpenScopeOptions options;
    options.lab = given.lab;
    options.is_lab_asked = given.names_lab;
    options.source = given.names_source ? given.source : std::string();
    options.wants_images = given.wants_images;
    options.dry_run = given.dry_run;
    auto session = context.connect("ingest openscope");
    const auto outcome =
        load::ingest_openscope(session, {given.paths.begin(), given.paths.end()}, options);
    auto out = facts_of(outcome);
    out["dry_run"] = given.dry_run;
    if (!context.json) print_tables(outcome);
    int status = 0;
    if (!outcome.session_files.empty() && !given.tables_only) {
        const auto source = load::openscope_source(
            outcome, options, [&context] { return context.connect("ingest openscope"); });
        status =
            run_session_ingest(*source, given, context, context.json ? &out["files"] : nullptr);
        if (!given.dry_run) {
            const auto issues = load::flag_openscope_mismatches(session);
            out["issues"] = issues;
        }
    } else if (given.dry_run && !context.json) {
        print_dry_run(context);
    }
    if (context.json) {
        std::printf("%s\n", out.dump(2, ' ', true).c_str());
    } else {
        if (given.tables_only && !outcome.session_files.empty())
            std::printf(
                "%s session files were found and left alone (--tables-only)\n",
                with_commas(static_cast<std::int64_t>(outcome.session_files.size())).c_str());
        print_issues(out["issues"].get<std::map<std::string, std::size_t>>());
    }
    const bool is_partial = !outcome.failures.empty() || !outcome.tables.failures.empty();
    return status != 0 ? status : is_partial ? static_cast<int>(ErrorKind::partial) : 0;
}

}  // namespace

void declare_ingest_openscope(CLI::App& command, Context& context) {
    auto arguments = std::make_shared<OpenScopeArguments>();
    command.footer(
        "A path is a folder, searched with all below it, or one file: mouse_df.csv and "
        "metadata.csv "
        "(known by their columns), tracking files "
        "(mouse_<id>__session_<id>__nway_matched_rois.json) and session files "
        "(sub-<mouse>_ses-<session>_behavior+ophys.nwb; older drafts name the session by its "
        "start). "
        "Other files are left alone. Tables are loaded first; sessions that they alone name are "
        "sessions, too, and a session file needs a row of mouse_df, now or before. Of several "
        "files "
        "of a session one is read: without stimulus frames unless --images is given. The start of "
        "a "
        "session is that of mouse_df; where a table that is loaded later says otherwise than the "
        "one "
        "before, it stands, and imaging.openscope_listing_change keeps what it was. A bad row or "
        "file costs itself (see trialbase errors). Exit status 8: something was left out.");
    add_paths(command, arguments->paths, "Folders, tables, tracking files or session files");
    arguments->lab = "allen";
    add_lab(command, arguments->lab,
            "Lab that the sessions belong to (default: the one that they are held in, else allen); "
            "sessions and mice that are held in another lab are refused");
    arguments->source = "allen";
    add_source(command, *arguments, {"allen", "simulated"},
               "Source of the sessions, part of their identity (default of what says that it is "
               "simulated: simulated)");
    command.add_flag(
        "--images", arguments->wants_images,
        "Read the files with stimulus frames where there are some, and keep the frames");
    command.add_flag("--tables-only", arguments->tables_only, "Leave the session files alone");
    add_jobs(command, arguments->jobs);
    add_dry_run(command, arguments->dry_run);
    command.callback([arguments, &context, &command] {
        arguments->names_lab = command.count("--lab") > 0;
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
