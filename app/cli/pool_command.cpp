// trialbase pool: sets of sessions whose trials are fitted together.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/own_sql.hpp"
#include "app/cli/query.hpp"
#include "app/cli/query_arguments.hpp"
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

struct FillOptions {
    std::string pool;
    std::string name;
    std::string sql_file;
    std::vector<std::string> parameters;
    std::string description;
};

/// What a set is for, in the words of its making.
std::string description_of(const FillOptions& options, const Query& query) {
    if (!options.description.empty()) return options.description;
    std::string text = "sessions of query " + query.name;
    for (const auto& parameter : options.parameters) text += ", " + parameter;
    return text;
}

std::vector<std::string> sessions_of(const FillOptions& options, db::Session& session,
                                     const Query& query) {
    auto values = parameter_values(options.parameters);
    resolve_sessions(query, values, session);
    check_own_sql(session, query, values);
    const auto statement = bind_query(
        query, values, [&](std::string_view value) { return session.quote_literal(value); });
    std::vector<std::string> found;
    run_own_sql(session, query, [&] {
        const auto rows = session.exec(
            {"query " + query.name, "select distinct session_id::text as session_id from (\n" +
                                        statement + "\n) as answer where session_id is not null"});
        for (std::size_t row = 0; row < rows.rows(); ++row)
            found.push_back(rows.get<std::string>(row, "session_id"));
    });
    return found;
}

int run_fill(const Context& context, const FillOptions& options) {
    if (options.name.empty() == options.sql_file.empty()) {
        throw Error(ErrorKind::usage, "name a query, or give a file with --sql",
                    "`trialbase query --list` shows the names.");
    }
    const auto query =
        options.sql_file.empty() ? find_query(options.name) : read_query(options.sql_file);
    const bool has_session =
        std::ranges::find(query.columns, "session_id", &QueryColumn::name) != query.columns.end();
    if (!query.columns.empty() && !has_session) {
        throw Error(ErrorKind::usage, query.name + " has no column session_id",
                    "A set is filled by a query of sessions, such as paper_sessions_around.");
    }
    auto session = context.connect("pool fill");
    const auto change = load::fill_pool(session, options.pool, description_of(options, query),
                                        sessions_of(options, session, query));
    if (context.json) {
        std::printf("%s\n", nlohmann::json{{"pool", options.pool},
                                           {"members", change.members},
                                           {"added", change.added},
                                           {"removed", change.removed},
                                           {"without_trials", change.without_trials}}
                                .dump(2)
                                .c_str());
        return 0;
    }
    std::printf("%s: %lld sessions (%lld added, %lld removed)\n", options.pool.c_str(),
                static_cast<long long>(change.members), static_cast<long long>(change.added),
                static_cast<long long>(change.removed));
    if (change.without_trials > 0)
        std::printf("%lld sessions have no choice trials and are no members\n",
                    static_cast<long long>(change.without_trials));
    return 0;
}

void add_fill_command(CLI::App& command, Context& context) {
    auto* fill = command.add_subcommand("fill", "makes a set of the sessions that a query answers");
    fill->footer(
        "Example:\n  trialbase pool fill paper/trained paper_sessions_around --param "
        "criterion=trained\n"
        "The set holds just these sessions afterwards; run it again to follow what changed. Only "
        "results of sets that change are computed again.");
    auto options = std::make_shared<FillOptions>();
    fill->add_option("pool", options->pool, "name of the set")->required();
    fill->add_option("query", options->name, "name of the query, see trialbase query --list");
    fill->add_option("--sql", options->sql_file, "the select in this file instead")
        ->type_name("FILE");
    fill->add_option("--param,-p", options->parameters, "value of a parameter (may be given again)")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    fill->add_option("--description", options->description, "what the set is for");
    fill->callback([&context, options] {
        context.run = [&context, options] { return run_fill(context, *options); };
    });
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
add_fill_command(*command, context);
}

}  // namespace tb::app
