// trialbase ingest csv: metadata that a lab keeps by hand.
#include "app/cli/context.hpp"
#include "app/cli/ingest_session_run.hpp"
#include "app/cli/ingest_sources.hpp"
#include "app/cli/print.hpp"
#include "ingest/load/ingest_metadata.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct CsvArguments {
    std::string kind, file;
    load::MetadataOptions options;
    bool is_template = false;
};

nlohmann::json as_json(const load::MetadataSummary& summary, const CsvArguments& arguments) {
    nlohmann::json out{{"file", db::sanitize_text(arguments.file)},
                       {"table", arguments.kind},
                       {"rows", summary.rows},
                       {"new", summary.added},
                       {"changed", summary.updated},
                       {"unchanged", summary.unchanged},
                       {"refused", summary.refused},
                       {"new_names", summary.new_names},
                       {"dry_run", arguments.options.dry_run},
                       {"issues", nlohmann::json::array()}};
    for (const auto& issue : summary.issues) {
        out["issues"].push_back(
            {{"line", issue.line},
             {"column", issue.column.empty() ? nlohmann::json() : nlohmann::json(issue.column)},
             {"type", issue.type},
             {"message", db::sanitize_text(issue.message)},
             {"is_row_lost", issue.is_row_lost}});
    }
    return out;
}

int run_csv(const Context& context, const CsvArguments& arguments) {
    const auto& kind = load::metadata_kind(arguments.kind);
    if (arguments.is_template) {
        std::printf("%s", load::metadata_template(kind).c_str());
        return 0;
    }
    if (arguments.file.empty())
        throw Error(ErrorKind::usage, "name the file to load",
                    "--template prints one to start from.");
    auto session = context.connect("ingest csv");
    const auto summary = load::ingest_metadata(session, kind, arguments.file, arguments.options);
    if (context.json) {
        std::printf("%s\n", as_json(summary, arguments).dump(2).c_str());
    } else {
        for (const auto& issue : summary.issues) {
            std::fprintf(stderr, "%s:%zu: %s%s%s (%s)\n", db::sanitize_text(arguments.file).c_str(),
                         issue.line, issue.column.c_str(), issue.column.empty() ? "" : ": ",
                         db::sanitize_text(issue.message).c_str(),
                         issue.is_row_lost ? "row left out" : "value left out");
        }
        if (!context.quiet) {
            for (const auto& name : summary.new_names)
                std::fprintf(stderr, "note: new %s\n", name.c_str());
        }
        const auto count = [](std::size_t value) {
            return with_commas(static_cast<std::int64_t>(value));
        };
        std::printf(
            "%s", text_table({"table", "rows", "new", "changed", "unchanged", "refused", "issues"},
                             {{kind.name, count(summary.rows), count(summary.added),
                               count(summary.updated), count(summary.unchanged),
                               count(summary.refused), count(summary.issues.size())}})
                      .c_str());
        if (arguments.options.dry_run) print_dry_run(context);
    }
    return summary.issues.empty() ? 0 : static_cast<int>(ErrorKind::partial);
}

/// What help says about the tables: every column with what it means.
std::string columns_text() {
    std::string text;
    for (const auto& kind : load::metadata_kinds()) {
        text += fmt::format("\n{}: {}\n", kind.name, kind.about);
        for (const auto& column : kind.columns)
            text += fmt::format(" {}: {}\n", column.name, column.about);
    }
    return text;
}

}  // namespace

void declare_ingest_csv(CLI::App& command, Context& context) {
    command.footer(
        "Rows are found by their key and updated; an empty field leaves what is known, a bad value "
        "costs itself, a bad key its row. UTF-8; delimiter , ; or tab. Exit status 8: some values "
        "or rows were left out (see trialbase errors).\n" +
        columns_text());
    auto arguments = std::make_shared<CsvArguments>();
    command.add_option("table", arguments->kind, "subjects, labs, members, weighings or water")
        ->required();
    command.add_option("file", arguments->file, "the CSV file");
    add_lab(command, arguments->options.lab, "lab of rows that name none");
    add_dry_run(command, arguments->options.dry_run, "find the same issues, write nothing");
    command.add_flag("--template", arguments->is_template,
                     "print a file with the header and one example instead");
    command.callback([&context, arguments] {
        context.run = [&context, arguments] { return run_csv(context, *arguments); };
    });
}

}  // namespace tb::app
