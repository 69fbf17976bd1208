// trialbase ingest one-cache: the tables of ONE's cache.
#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/ingest_tables_run.hpp"
#include "ingest/tables/one_cache.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace tb::app {
namespace {

struct OneCacheArguments {
    std::string sessions, datasets, name;
    load::TablesOptions options;
};

int run(const OneCacheArguments& given, const Context& context) {
    auto files = tables::one_cache_files(given.sessions);
    if (!given.datasets.empty()) files.datasets = given.datasets;
    return run_tables_ingest(
        context, "one-cache",
        [&](tables::ListedTables& out) { tables::read_one_cache(files, given.name, out); },
        given.options);
}

}  // namespace

void declare_ingest_one_cache(CLI::App& command, Context& context) {
    command.footer(
        "Layouts of all versions of ONE are read: ids as UUIDs, as two halves (id_0, id_1), or as "
        "subject/date/number, as local caches have them; project or projects; datasets with "
        "session_path or without. Sessions have a date and no time of day. A session that is known "
        "(by its UUID from Alyx, by lab, subject, date and number from folders) is the same "
        "session, whichever came first; what files and Alyx told stays. Datasets are listed with "
        "kind, revision, size, hash and quality, their copies (store.file_record) on a repository "
        "of the list's name, not on this machine. core.session_list and core.session_list_member "
        "keep which list names which session. A row that cannot be used costs itself, is told and "
        "stands in `trialbase errors` until a load of the same file no longer meets it. Exit "
        "status 8: something was left out.");
    auto arguments = std::make_shared<OneCacheArguments>();
    command.add_option("sessions", arguments->sessions, "Folder of a cache, or its sessions.pqt")
        ->required();
    command.add_option("datasets", arguments->datasets,
                       "datasets.pqt, where it does not lie in that folder");
    command.add_option("--name", arguments->name,
                       "Name of the list (default: the origin that the tables tell, else the "
                       "folder)");
    add_lab(command, arguments->options.lab, "Lab of rows that name none");
    add_dry_run(command, arguments->options.dry_run, "Find the same, write nothing");
    command.callback([arguments, &context] {
        context.run = [arguments, &context] { return run(*arguments, context); };
    });
}

}  // namespace tb::app
