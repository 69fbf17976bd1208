// trialbase figure: a named query's answer as a picture, or the rows behind one.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/errors.hpp"
#include "app/cli/figure.hpp"
#include "app/cli/figure_draw.hpp"
#include "app/cli/figure_rows.hpp"
#include "app/cli/output_file.hpp"
#include "app/cli/own_sql.hpp"
#include "app/cli/print.hpp"
#include "app/cli/query_arguments.hpp"
#include "app/cli/query_empty.hpp"
#include "src/base/nearest.hpp"
#include "src/store/store_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using nlohmann::json;

struct FigureOptions {
    std::string name;
    std::string sql_file;
    std::vector<std::string> parameters;
    std::string format;
    std::string output;
    bool list = false;
    bool describe = false;
    bool data = false;
};

constexpr std::array<std::pair<std::string_view, FigureFormat>, 3> drawings{
    {{"svg", FigureFormat::svg}, {"png", FigureFormat::png}, {"html", FigureFormat::html}}};

FigureFormat drawing_format(const FigureOptions& options) {
    const auto find = [](std::string_view name) {
        return std::ranges::find(drawings, name, &std::pair<std::string_view, FigureFormat>::first);
    };
    if (!options.format.empty()) {
        const auto named = find(options.format);
        if (named != drawings.end()) return named->second;
        throw Error(ErrorKind::usage, "a figure cannot be drawn as " + options.format,
                    "Formats are svg, png and html; with --data also those of query.");
    }
    const auto extension = std::filesystem::path(options.output).extension().string();
    const auto known = find(extension.empty() ? extension : extension.substr(1));
    if (known != drawings.end()) return known->second;
    if (!is_plain_output(options.output))
        throw Error(ErrorKind::usage, "where should the figure go, and in which format?",
                    "Write -o FILE.svg, FILE.png or FILE.html; or --format svg for stdout.");
    const std::vector<std::string> names{".svg", ".png", ".html"};
    throw Error(ErrorKind::usage,
                extension.empty() ? options.output + " has no extension that tells its format"
                                  : options.output + ": unknown extension " + extension,
                suggestion(extension, names, "Extensions") +
                    " Or name the format with --format. Rows go into other files with --data.");
}

std::string list_text() {
    std::size_t longest = 0;
    for (const auto& figure : named_figures())
        longest = std::max(longest, figure.query.name.size());
    std::string out;
    for (const auto& figure : named_figures()) {
        const auto& name = figure.query.name;
        out += name + std::string(longest - name.size() + 2, ' ') +
               paragraph(std::string(longest + 2, ' '), figure.about, 80);
    }
    return out;
}

json as_json(const Figure& figure) {
    json parameters = json::array(), columns = json::array();
    for (const auto& parameter : figure.query.parameters) {
        parameters.push_back({{"name", parameter.name},
                              {"type", parameter.type},
                              {"default", nullptr},
                              {"about", parameter.about}});
        if (parameter.default_value) parameters.back()["default"] = *parameter.default_value;
    }
    for (const auto& column : drawn_columns(figure))
        columns.push_back({{"name", column.name}, {"type", column.type}, {"about", column.about}});
    return {{"name", figure.query.name},
            {"about", figure.about},
            {"question", figure.query.question},
            {"parameters", parameters},
            {"columns", columns}};
}

std::string description_text(const Figure& figure) {
    const std::string indent(4, ' '), deeper(8, ' ');
    std::string out = figure.query.name + "\n" + indent + paragraph(indent, figure.about, 80);
    out += "\nquestion\n" + indent + paragraph(indent, figure.query.question, 80);
    if (!figure.query.parameters.empty()) out += "\nparameters\n";
    for (const auto& parameter : figure.query.parameters) {
        out += indent + parameter.name + " " + parameter.type +
               (parameter.default_value ? ", default '" + *parameter.default_value + "'"
                                        : ", required") +
               "\n" + deeper + paragraph(deeper, parameter.about, 80);
    }
    out += "\nrows that are drawn (--data)\n";
    for (const auto& column : drawn_columns(figure)) {
        out += indent + column.name + " " + column.type + "\n" + deeper +
               paragraph(deeper, column.about, 80);
    }
    return out;
}

int run_list(const FigureOptions& options, const Context& context) {
    const bool is_json = is_listed_as_json(options.format, options.output, context.json);
    OutputFile output(options.output);
    if (is_json) {
        json all = json::array();
        for (const auto& figure : named_figures()) all.push_back(as_json(figure));
        output.write(all.dump(2) + "\n");
    } else {
        output.write(list_text());
    }
    output.commit();
    return 0;
}

int run_describe(const FigureOptions& options, const Context& context, const Figure& figure) {
    const bool is_json = is_listed_as_json(options.format, options.output, context.json);
    OutputFile output(options.output);
    output.write(is_json ? as_json(figure).dump(2) + "\n" : description_text(figure));
    output.commit();
    return 0;
}

/// Says on stderr what was written, and why there is nothing where there is none.
void tell(const FigureOptions& options, const Context& context, db::Session& session,
          const Figure& figure, const ParameterValues& values, std::int64_t rows) {
    if (context.quiet) return;
    if (!options.output.empty() && options.output != "-") {
        std::fprintf(stderr, "%s %s %s %s\n", with_commas(rows).c_str(), rows == 1 ? "row" : "rows",
                     options.data ? "written to" : "drawn in", printable(options.output).c_str());
    }
    if (rows == 0) {
        const auto why = why_empty(session, figure.query, values);
        std::fprintf(stderr, "no row%s", why.empty() ? "\n" : (": " + why).c_str());
    }
}

/// The rows behind a figure, in the formats of query.
std::int64_t write_rows(db::Session& session, const Figure& figure, std::string statement,
                        const OpenStore& open_store, QueryFormat format,
                        const FigureOptions& options, OutputFile& output) {
    if (figure.arrays) {
        statement = statement_of_rows(session, drawn_columns(figure),
                                      figure_rows(session, figure, statement, open_store));
    }
    return write_query(
        session, {"figure " + figure.query.name, statement}, format,
        [&](std::string_view text) { output.write(text); },
        options.output.empty() || options.output == "-" ? rows_width() : 0);
}

int run_figure(const FigureOptions& options, const Context& context) {
    if (options.list) return run_list(options, context);
    if (options.name.empty() == options.sql_file.empty()) {
        throw Error(ErrorKind::usage, "name a figure, or give a file with --sql",
                    "`trialbase figure --list` shows the names.");
    }
    auto values = parameter_values(options.parameters);
    const auto figure =
        options.sql_file.empty() ? find_figure(options.name) : read_figure(options.sql_file);
    if (options.describe) return run_describe(options, context, figure);
    // Mistakes in arguments are told before anything is started or opened.
    const auto drawing = options.data ? FigureFormat::svg : drawing_format(options);
    const auto rows_as = options.data ? rows_format(options.format, options.output, context.json)
                                      : QueryFormat::json;
    (void)bind_query(figure.query, values,
                     [](std::string_view value) { return std::string(value); });
    auto session = context.connect("figure");
    auto asked = values;
    resolve_sessions(figure.query, asked, session);
    check_own_sql(session, figure.query, asked);
    const auto statement = bind_query(
        figure.query, asked, [&](std::string_view value) { return session.quote_literal(value); });
    const OpenStore open_store = [&] {
        return std::make_unique<store::StoreReader>(context.readable_store(session));
    };
    OutputFile output(options.output);
    std::int64_t n_rows = 0;
    run_own_sql(session, figure.query, [&] {
        if (options.data) {
            n_rows = write_rows(session, figure, statement, open_store, rows_as, options, output);
            return;
        }
        auto rows = figure_rows(session, figure, statement, open_store);
        n_rows = static_cast<std::int64_t>(rows.size());
        output.write(draw(drawn_specification(figure, values, std::move(rows)), drawing,
                          [&](std::string_view warning) {
                              if (context.quiet) return;
                              std::fprintf(stderr, "%s", printable(warning, true).c_str());
                          }));
    });
    output.commit();
    tell(options, context, session, figure, asked, n_rows);
    return 0;
}

}  // namespace

void add_figure_command(CLI::App& app, Context& context) {
    auto options = std::make_shared<FigureOptions>();
    auto* command = app.add_subcommand("figure", "draws a named question's answer");
    command->footer(
        "Examples:\n"
        "  trialbase figure learning_curve --param lab=cortexlab -o curve.svg\n"
        "  trialbase figure psychometric --param session=cortexlab/KS014/2019-09-12/001 -o "
        "fit.html\n"
        "  trialbase figure psychometric --param session=1f2e --data --format csv\n"
        "  trialbase figure --list\n"
        "An .html page is interactive and holds all that it needs; .svg is drawn by Node.js, "
        ".png needs rsvg-convert as well. Parameters are those of queries.");
    command->add_option("name", options->name, "name of the figure, see --list");
    command
        ->add_option("--sql", options->sql_file,
                     "draw the select in this FILE.sql as FILE.vl.json beside it says")
        ->type_name("FILE");
    command
        ->add_option("--param,-p", options->parameters, "value of a parameter (may be given again)")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command
        ->add_option("--format", options->format,
                     "svg, png or html; with --data table, csv, json, ndjson or parquet; by "
                     "default as FILE's extension tells")
        ->type_name("NAME")
        ->check(one_of({"svg", "png", "html", "table", "csv", "json", "ndjson", "parquet"}));
    command->add_option("-o,--output", options->output, "the file to write")->type_name("FILE");
    command->add_flag("--list", options->list, "list the figures");
    command->add_flag("--describe", options->describe,
                      "tell what is drawn, the parameters, and the columns of the rows");
    command->add_flag("--data", options->data, "write the rows that are drawn instead");
    command->callback([options, &context] {
        context.run = [options, &context] { return run_figure(*options, context); };
    });
}

}  // namespace tb::app
