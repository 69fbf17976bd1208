// trialbase add: one weighing, one portion of water, one subject, by hand.
#include "app/cli/context.hpp"
#include "app/cli/ingest_options.hpp"
#include "app/cli/ingest_session_run.hpp"
#include "ingest/load/ingest_metadata.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

struct AddArguments {
    std::vector<std::string> values;  ///< in the order of the kind's columns; empty: not told
    bool is_dry_run = false;
};

/// This second, in UTC.
std::string now() {
    const std::time_t second = std::chrono::system_clock::to_time_t(
        std::chrono::system_clock::now());
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(second));
}

std::string option_of(const load::MetadataColumn& column) {
    std::string option = "--" + column.name;
    std::ranges::replace(option, '_', '-');
    return option;
}

/// What takes a row away again that was added.
std::string undoing(const std::string& kind, const std::string& key) {
    static const std::map<std::string, std::pair<const char*, const char*>> tables{
        {"subject", {"core.subject", "subject_id"}},
        {"weighing", {"core.weighing", "weighing_id"}},
        {"water", {"core.water_administration", "water_administration_id"}}};
    const auto table = tables.find(kind);
    if (key.empty() || table == tables.end()) return {};
    return fmt::format("trialbase delete {} --where \"{} = '{}'\"", table->second.first,
                       table->second.second, key);
}

int run_add(const Context& context, const load::MetadataKind& kind, const AddArguments& arguments) {
    std::vector<load::MetadataField> fields;
    std::string told;
    for (std::size_t c = 0; c < kind.columns.size(); ++c) {
        const auto& column = kind.columns[c];
        auto value = arguments.values[c];
        if (value.empty() && column.is_key && column.type == load::MetadataType::time)
            value = now();
        if (value.empty()) continue;
        told += fmt::format("{}{} {}", told.empty() ? "" : ", ", column.name, value);
        fields.emplace_back(column.name, std::move(value));
    }
    auto session = context.connect("add " + kind.one);
    const auto summary = load::add_metadata(session, kind, fields, arguments.is_dry_run);
    const std::string became = summary.added > 0     ? "new"
                               : summary.updated > 0 ? "changed"
                                                     : "unchanged";
    const auto undo =
        arguments.is_dry_run ? std::string() : undoing(kind.one, summary.new_key);
    if (context.json) {
        nlohmann::json facts{{"kind", kind.one},
                             {"is", became},
                             {"new_names", summary.new_names},
                             {"dry_run", arguments.is_dry_run}};
        if (!undo.empty()) facts["undo"] = undo;
        for (const auto& [name, value] : fields) facts["row"][name] = db::sanitize_text(value);
        std::printf("%s\n", facts.dump(2).c_str());
        return 0;
    }
    if (!context.quiet)
        for (const auto& name : summary.new_names)
            std::fprintf(stderr, "note: new %s\n", name.c_str());
    std::printf("%s %s: %s\n", became.c_str(), kind.one.c_str(), db::sanitize_text(told).c_str());
    if (!undo.empty() && !context.quiet) std::fprintf(stderr, "undo: %s\n", undo.c_str());
    if (arguments.is_dry_run) print_dry_run(context);
    return 0;
}

const char* examples_of(const std::string& kind) {
    static const std::map<std::string, const char*> all{
        {"lab", "  trialbase add lab --lab mainenlab --time-zone Europe/Lisbon"},
        {"member", "  trialbase add member --user-name ines --lab mainenlab --role postdoc"},
        {"subject",
         "  trialbase add subject --lab mainenlab --subject ZM_1897 --sex F --birth-date "
         "2019-02-03"},
        {"weighing",
         "  trialbase add weighing --subject ZM_1897 --weight-g 23.4\n"
         "  trialbase add weighing --subject ZM_1897 --weight-g 23.4 --weighed-at "
         "2019-05-04T09:30"},
        {"water",
         "  trialbase add water --subject ZM_1897 --volume-ml 1.2 --water-type Water\n"
         "  trialbase add water --subject ZM_1897 --is-ad-libitum true --administered-at "
         "2019-05-04T17:00"}};
    return all.at(kind);
}

void declare(CLI::App& parent, Context& context, const load::MetadataKind& kind) {
    auto* command = parent.add_subcommand(kind.one, "one row of " + kind.about);
    command->footer(std::string("Examples:\n") + examples_of(kind.one));
    auto arguments = std::make_shared<AddArguments>();
    arguments->values.resize(kind.columns.size());
    const bool has_subject = std::ranges::any_of(
        kind.columns, [](const auto& column) { return column.name == "subject"; });
    for (std::size_t c = 0; c < kind.columns.size(); ++c) {
        const auto& column = kind.columns[c];
        const bool is_time = column.is_key && column.type == load::MetadataType::time;
        const bool is_told_by_subject =
            column.name == "lab" && has_subject && kind.one != "subject";
        auto about = column.name == "lab" ? std::string("short name of the lab") : column.about;
        if (is_time) about += " (default: now)";
        if (is_told_by_subject) about += " (default: that of the only subject of this name)";
        auto* option = command->add_option(option_of(column), arguments->values[c], about);
        if (column.is_key && !is_time && !is_told_by_subject) option->required();
    }
    add_dry_run(*command, arguments->is_dry_run, "say what would become of it, write nothing");
    command->callback([&context, &kind, arguments] {
        context.run = [&context, &kind, arguments] { return run_add(context, kind, *arguments); };
    });
}

}  // namespace

void add_add_command(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("add", "one weighing, one portion of water, one subject, by hand");
    command->footer(
        std::string("Examples:\n") + examples_of("weighing") + "\n" + examples_of("water") +
        "\nWhat is there already is changed where more or something else is told, and said to be "
        "unchanged otherwise. Many rows at once: trialbase ingest csv.");
    command->require_subcommand(1);
    for (const auto& kind : load::metadata_kinds()) declare(*command, context, kind);
}

}  // namespace tb::app
