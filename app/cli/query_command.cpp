// trialbase query: named questions to the database, answered as a table, CSV or JSON.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/output_file.hpp"
#include "app/cli/own_sql.hpp"
#include "app/cli/query.hpp"
#include "app/cli/query_arguments.hpp"
#include "app/cli/query_empty.hpp"
#include "src/base/nearest.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

struct Options {
    std::string name;
    std::string sql_file;
    std::vector<std::string> parameters;
    std::vector<std::string> columns;
    std::int64_t limit = 0;  ///< 0: all rows
    std::string format;
    std::string output;
    bool list = false;
    bool describe = false;
};

nlohmann::json as_json(const Query& query) {
    nlohmann::json parameters = nlohmann::json::array();
    for (const auto& parameter : query.parameters) {
        parameters.push_back(
            {{"name", parameter.name},
             {"type", parameter.type},
             {"default",
              parameter.default_value ? nlohmann::json(*parameter.default_value) : nullptr},
             {"widest", parameter.widest ? nlohmann::json(*parameter.widest) : nullptr},
             {"about", parameter.about}});
    }
    nlohmann::json columns = nlohmann::json::array();
    for (const auto& column : query.columns) {
        columns.push_back({{"name", column.name}, {"type", column.type}, {"about", column.about}});
    }
    return {{"name", query.name},
            {"question", query.question},
            {"parameters", parameters},
            {"columns", columns}};
}

std::string list_text() {
    std::size_t longest = 0;
    for (const auto& query : named_queries()) longest = std::max(longest, query.name.size());
    std::string out;
    for (const auto& query : named_queries()) {
        out += query.name + std::string(longest - query.name.size() + 2, ' ') +
               paragraph(std::string(longest + 2, ' '), query.question, 80);
    }
    return out;
}

std::string description_text(const Query& query) {
    std::string out = query.name + "\n    " + paragraph("    ", query.question, 80);
    if (!query.parameters.empty()) out += "\nparameters\n";
    for (const auto& parameter : query.parameters) {
        out += "    " + parameter.name + " " + parameter.type +
               (parameter.default_value ? ", default '" + *parameter.default_value + "'"
                                        : ", required") +
               "\n" + "        " + paragraph("        ", parameter.about, 80);
    }
    out += "\ncolumns\n";
    for (const auto& column : query.columns) {
        out += "    " + column.name + " " + column.type + "\n        " +
               paragraph("        ", column.about, 80);
    }
    return out;
}

/// Columns that a query file does not declare, as the server tells them.
void fill_columns(Query& query, db::Session& session, const std::string& statement) {
    const auto answer = session.exec(
        {"query " + query.name, "select * from (\n" + statement + "\n) as answer limit 0"});
    for (std::size_t c = 0; c < answer.columns(); ++c) {
        db::Params type;
        type.integer(answer.type_oid(c));
        const auto name = session.exec({"query: type", "select format_type($1::oid, null)"}, type);
        query.columns.push_back(
            {std::string(answer.column_name(c)), name.get<std::string>(0, 0), ""});
    }
}

std::vector<std::string> names_of(const std::vector<QueryColumn>& columns) {
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(column.name);
    return names;
}

/// Names of chosen columns that the query does not have.
void check_columns(const Query& query, const std::vector<std::string>& chosen) {
    const auto names = names_of(query.columns);
    for (const auto& name : chosen) {
        if (std::ranges::find(names, name) == names.end())
            throw Error(ErrorKind::usage, query.name + " has no column '" + name + "'",
                        suggestion(name, names, "Its columns"));
    }
}

/// The statement, or its chosen columns and first rows.
std::string narrowed(const Options& options, const db::Session& session,
                     const std::string& statement) {
    if (options.columns.empty() && options.limit == 0) return statement;
    std::string columns;
    for (const auto& name : options.columns) {
        columns += (columns.empty() ? "" : ", ") + session.quote_identifier(name);
    }
    return "select " + (columns.empty() ? "*" : columns) + " from (\n" + statement +
           "\n) as answer" +
           (options.limit > 0 ? " limit " + std::to_string(options.limit) : std::string());
}

int run_query(const Options& options, const Context& context) {
    if (options.list) {
        const bool is_json = is_listed_as_json(options.format, options.output, context.json);
        OutputFile output(options.output);
        if (is_json) {
            nlohmann::json all = nlohmann::json::array();
            for (const auto& query : named_queries()) all.push_back(as_json(query));
            output.write(all.dump(2) + "\n");
        } else {
            output.write(list_text());
        }
        output.commit();
        return 0;
    }
    if (options.name.empty() == options.sql_file.empty()) {
        throw Error(ErrorKind::usage, "name a query, or give a file with --sql",
                    "`trialbase query --list` shows the names.");
    }
    const auto format = rows_format(options.format, options.output, context.json);
    auto values = parameter_values(options.parameters);
    auto query = options.sql_file.empty() ? find_query(options.name) : read_query(options.sql_file);
    if (options.describe) {
        const bool is_json = is_listed_as_json(options.format, options.output, context.json);
        if (query.columns.empty()) {
            auto session = context.connect("query");
            resolve_sessions(query, values, session);
            check_own_sql(session, query, values);
            fill_columns(query, session, bind_query(query, values, [&](std::string_view value) {
                             return session.quote_literal(value);
                         }));
        }
        OutputFile output(options.output);
        output.write(is_json ? as_json(query).dump(2) + "\n" : description_text(query));
        output.commit();
        return 0;
    }
    // Mistakes in parameters are told before anything is started or opened.
    (void)bind_query(query, values, [](std::string_view value) { return std::string(value); });
    if (!query.columns.empty()) check_columns(query, options.columns);
    auto session = context.connect("query");
    resolve_sessions(query, values, session);
    check_own_sql(session, query, values);
    if (query.columns.empty() && !options.columns.empty()) {
        fill_columns(query, session, bind_query(query, values, [&](std::string_view value) {
                         return session.quote_literal(value);
                     }));
        check_columns(query, options.columns);
    }
    const auto statement =
        narrowed(options, session, bind_query(query, values, [&](std::string_view value) {
                     return session.quote_literal(value);
                 }));
    OutputFile output(options.output);
    std::int64_t rows = 0;
    run_own_sql(session, query, [&] {
        rows = write_query(
            session, {"query " + query.name, statement}, format,
            [&](std::string_view text) { output.write(text); },
            options.output.empty() || options.output == "-" ? rows_width() : 0);
    });
    output.commit();
    if (!options.output.empty() && !context.quiet) {
        std::fprintf(stderr, "%lld %s written to %s\n", static_cast<long long>(rows),
                     rows == 1 ? "row" : "rows", options.output.c_str());
    }
    if (rows == 0 && !context.quiet) {
        const auto why = why_empty(session, query, values);
        if (!why.empty()) std::fprintf(stderr, "no row: %s", why.c_str());
    }
    return 0;
}

}  // namespace

void add_query_command(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("query", "answers a named question from the database");
    command->footer(
        "Examples:\n"
        "  trialbase query sessions --param lab=cortexlab -o sessions.csv\n"
        "  trialbase query learning_curve --columns subject_nickname,training_day,performance "
        "--limit 10\n"
        "  trialbase query psychometric_points --param session=cortexlab/KS014/2019-09-12/001\n"
        "  trialbase query --list\n"
        "Parameters that name a session take its key, the first digits of it, or "
        "lab/subject/date/number. Text is compared by like: % stands for anything.");
    command->add_option("name", options->name, "name of the query, see --list");
    command->add_option("--sql", options->sql_file, "run the select in this file instead")
        ->type_name("FILE");
    command
        ->add_option("--param,-p", options->parameters, "value of a parameter (may be given again)")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command->add_option("--columns", options->columns, "these columns alone, in this order")
        ->type_name("NAME,...")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--limit", options->limit, "the first so many rows")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
    command
        ->add_option("--format", options->format,
                     "table, csv, json, ndjson or parquet; by default as FILE's extension tells "
                     "(.txt, .csv, .json, .ndjson, .parquet), else table")
        ->type_name("NAME")
        ->check(one_of({"table", "csv", "json", "ndjson", "parquet"}));
    command->add_option("-o,--output", options->output, "write to this file instead of stdout")
        ->type_name("FILE");
    command->add_flag("--list", options->list, "list the queries and the questions they answer");
    command->add_flag("--describe", options->describe,
                      "tell the query's parameters and its columns with types and units");
    command->callback([options, &context] {
        context.run = [options, &context] { return run_query(*options, context); };
    });
}

}  // namespace tb::app
