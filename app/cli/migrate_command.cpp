// trialbase migrate: creates or upgrades the schema.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "src/db/migrate.hpp"
#include "src/populate/status.hpp"
#include "trialbase/computed_table.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

#ifndef TRIALBASE_VERSION  // a build without the project's CMake files
#define TRIALBASE_VERSION "development"
#endif

int show_status(const Context& context) {
    auto session = context.connect("migrate", true);
    const auto states = db::migration_status(session, db::program_schema());
    if (context.json) {
        auto out = nlohmann::json::array();
        for (const auto& one : states) {
            nlohmann::json row{{"number", one.number},
                               {"name", one.name},
                               {"applied", !one.applied_at.empty()},
                               {"applied_at", nullptr},
                               {"program_version", nullptr}};
            if (!one.applied_at.empty()) {
                row["applied_at"] = one.applied_at;
                row["program_version"] = one.program_version;
            }
            out.push_back(std::move(row));
        }
        std::printf("%s\n", out.dump(2).c_str());
        return 0;
    }
    std::size_t width = 9;
    for (const auto& one : states) width = std::max(width, one.name.size());
    std::printf("%-*s  state\n", static_cast<int>(width), "migration");
    for (const auto& one : states) {
        const auto state = one.applied_at.empty()
                               ? std::string("pending")
                               : "applied " + one.applied_at + " by " + one.program_version;
        std::printf("%-*s  %s\n", static_cast<int>(width), one.name.c_str(), state.c_str());
    }
    return 0;
}

int run_migrate(const Context& context, bool give_to_admins) {
    auto session = context.connect("migrate", true);
    const auto before = populate::registered_versions(session);
    db::MigrateOptions options;
    options.program_version = TRIALBASE_VERSION;
    for (const auto& table : computed_tables()) {
        options.code_versions.push_back({table.name, table.code_version});
    }
    if (context.verbose || wants_progress(context)) {
        options.progress = [](const std::string& line) {
            std::fprintf(stderr, "%s\n", line.c_str());
        };
    }
    if (!context.quiet) {
        options.waiting = [](const std::string& line) {
            std::fprintf(stderr, "%s\n", printable(line).c_str());
        };
    }
    const auto report = db::migrate(session, db::program_schema(), options);
    if (give_to_admins) {
        db::Transaction transaction(session);
        session.exec({"short locks", "set local lock_timeout = '10s'"});
        session.exec({"engine.give_to_admins", "select engine.give_to_admins()"});
        transaction.commit();
        if (!context.quiet) {
            std::fprintf(stderr,
                         "the schema belongs to trialbase_admin: who has that role can migrate\n");
        }
    }
    const auto raised = populate::raised_versions(session, before);
    if (context.json) {
        auto versions = nlohmann::json::array();
        for (const auto& one : raised)
            versions.push_back({{"table", one.table},
                                {"from", one.from},
                                {"to", one.to},
                                {"pending", one.pending}});
        const nlohmann::json out{
            {"applied", report.applied},           {"objects_applied", report.objects_applied},
            {"content_rows", report.content_rows}, {"code_versions", report.code_versions},
            {"raised_versions", versions},         {"regenerated", report.regenerated}};
        std::printf("%s\n", out.dump(2).c_str());
        return 0;
    }
    for (const auto& one : raised)
        std::printf("%s: version %d -> %d, %lld keys pending\n", one.table.c_str(), one.from,
                    one.to, static_cast<long long>(one.pending));
    if (report.applied.empty() && !report.objects_applied && raised.empty()) {
        std::printf("the schema is up to date\n");
        return 0;
    }
    std::printf("migrations applied      %zu\n", report.applied.size());
    std::printf("views and functions     %s\n", report.objects_applied ? "applied" : "unchanged");
    std::printf("lookup rows changed     %lld\n", static_cast<long long>(report.content_rows));
    std::printf("computed tables         %d\n", report.code_versions);
    return 0;
}

}  // namespace

void add_migrate_command(CLI::App& app, Context& context) {
    auto status = std::make_shared<bool>(false);
    auto* const migrate = app.add_subcommand("migrate",
                                             "Create or upgrade the schema; run again, it changes "
                                             "nothing.\nExample: trialbase migrate --status");
    migrate->add_flag("--status", *status, "Only list migrations, applied and pending");
    auto give = std::make_shared<bool>(false);
    migrate->add_flag(
        "--give-to-admins", *give,
        "make trialbase_admin the owner of the schema, so that everybody who has that "
        "role can migrate; once, by the present owner");
    migrate->callback([&context, status, give] {
        context.run = [&context, status, give] {
            return *status ? show_status(context) : run_migrate(context, *give);
        };
    });
}

}  // namespace tb::app
