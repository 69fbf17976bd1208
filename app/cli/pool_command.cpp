// trialbase pool: sets of sessions whose trials are fitted together.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "ingest/load/pool_import.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

int run_import(const Context& context, const std::string& file, const std::string& prefix) {
    auto session = context.connect("pool import");
    const auto result = load::import_pools(session, file, prefix);
    if (context.json) {
        std::printf("%s\n", nlohmann::json{{"pools", result.pools},
                                           {"members", result.members},
                                           {"missing", result.missing}}
                                .dump(2)
                                .c_str());
    } else {
        std::printf("%d sets of %d sessions\n", result.pools, result.members);
        constexpr std::size_t shown = 10;
        for (std::size_t i = 0; i < std::min(shown, result.missing.size()); ++i)
            std::printf("not in the database: %s\n", result.missing[i].c_str());
        if (result.missing.size() > shown)
            std::printf("... and %zu more (all with --json)\n", result.missing.size() - shown);
    }
    return result.missing.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

}  // namespace

void add_pool_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("pool", "sets of sessions whose trials are fitted together");
    command->require_subcommand(1);
    auto* import =
        command->add_subcommand("import", "makes a set of sessions for each row of a CSV");
    import->footer(
        "Example:\n  trialbase pool import published_fits.csv\n"
        "Columns: lab, subject, sessions (date/number separated by blanks); published parameters, "
        "where present, are kept to compare.");
    auto file = std::make_shared<std::string>();
    auto prefix = std::make_shared<std::string>("published");
    import->add_option("file", *file, "CSV file")->required()->check(CLI::ExistingFile);
    import->add_option("--prefix", *prefix, "first part of the sets' names")->capture_default_str();
    import->callback([&context, file, prefix] {
        context.run = [&context, file, prefix] { return run_import(context, *file, *prefix);
};
}  // namespace tb::app
);
}

}  // namespace tb::app
