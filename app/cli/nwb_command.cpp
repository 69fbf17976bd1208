// trialbase nwb: what NWB files hold, without a database.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/print.hpp"
#include "ingest/nwb/loadable.hpp"
#include "ingest/nwb/nwb_file.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {

namespace {

using nlohmann::json;

struct NwbArguments {
    std::string file;
    bool all = false;
};

constexpr std::size_t width = 80;
constexpr std::size_t most_lines = 40;

std::string shape_text(const std::vector<std::size_t>& shape) {
    return shape.empty() ? "1" : fmt::format("{}", fmt::join(shape, " x "));
}

std::string type_text(const hdf5::ValueType& type) {
    if (type.kind != hdf5::ValueKind::compound) return type.name;
    std::vector<std::string> members;
    for (const auto& one : type.members) members.push_back(one.name + " " + one.type.name);
    return fmt::format("({})", fmt::join(members, ", "));
}

std::string column_text(const nwb::Column& column) {
    std::string text = column.name + " " + type_text(column.type);
    if (column.shape.size() > 1) {
        const std::vector<std::size_t> element(column.shape.begin() + 1, column.shape.end());
        text += fmt::format("[{}]", shape_text(element));
    }
    if (column.is_ragged()) text += column.index_paths.size() == 1 ? " lists" : " lists of lists";
    if (!column.region_table.empty()) text += " rows of " + column.region_table;
    return text;
}

std::string times_text(const nwb::Series& series) {
    if (series.times == nwb::Times::rate)
        return fmt::format("{:g} Hz from {:g} s", series.rate_hz, series.starting_time_s);
    if (series.times == nwb::Times::timestamps)
        return fmt::format("{} times", with_commas(static_cast<std::int64_t>(series.n_times)));
    return "no times";
}

void print_line(const std::string& text, std::size_t indent) {
    for (const auto& line : wrapped(printable(text), width - indent, 100))
        std::printf("%s%s\n", std::string(indent, ' ').c_str(), line.c_str());
}

void print_fact(const std::string& name, const std::string& value) {
    if (value.empty()) return;
    const auto lines = wrapped(printable(value), width - 13, 8);
    for (std::size_t i = 0; i < lines.size(); ++i)
        std::printf("%-12s %s\n", i == 0 ? name.c_str() : "", lines[i].c_str());
}

std::string joined_texts(std::initializer_list<std::string> texts) {
    std::string all;
    for (const auto& one : texts) {
        if (!one.empty()) all += (all.empty() ? "" : ", ") + one;
    }
    return all;
}

std::string age_text(const nwb::Subject& subject) {
    if (subject.age.empty()) return {};
    return subject.age_days ? fmt::format("age {} ({:g} days)", subject.age, *subject.age_days)
                            : "age " + subject.age;
}

void print_facts(const nwb::NwbFile& file) {
    const auto& info = file.info();
    print_fact("file", file.hdf5().name());
    print_fact("format",
               fmt::format("NWB {}, {}", info.nwb_version,
                           bytes_text(static_cast<std::int64_t>(file.hdf5().size_bytes()))));
    print_fact("identifier", info.identifier);
    print_fact("session", info.session_description);
    print_fact("started", info.session_start_time.text.empty() ? ""
                          : info.session_start_time.instant_s
                              ? info.session_start_time.text
                              : info.session_start_time.text + " (no zone: no instant)");
    print_fact("experimenter", fmt::format("{}", fmt::join(info.experimenters, "; ")));
    print_fact("laboratory", joined_texts({info.lab, info.institution}));
    print_fact("keywords", fmt::format("{}", fmt::join(info.keywords, ", ")));
    std::vector<std::string> devices;
    for (const auto& one : info.devices)
        devices.push_back(one.path.substr(one.path.rfind('/') + 1));
    print_fact("devices", fmt::format("{}", fmt::join(devices, ", ")));
    if (const auto& subject = file.subject()) {
        const auto text = joined_texts({subject->subject_id, subject->species, subject->strain,
                                        subject->sex, subject->genotype, age_text(*subject),
                                        subject->weight.empty() ? "" : "weight " + subject->weight,
                                        subject->description});
        print_fact("subject", text.empty() ? "described, but with no value known" : text);
    }
}

void print_tables(const nwb::NwbFile& file) {
    if (file.tables().empty()) return;
    std::printf("\nTables\n");
    for (const auto& table : file.tables()) {
        const auto loaded = nwb::loaded_as(table);
        print_line(fmt::format("{}: {} rows, {}{}", table.path,
                               with_commas(static_cast<std::int64_t>(table.rows)),
                               table.neurodata_type.empty() ? "a table" : table.neurodata_type,
                               loaded.empty() ? "" : fmt::format(" -> {}", loaded)),
                   2);
        std::vector<std::string> columns;
        for (const auto& one : table.columns) columns.push_back(column_text(one));
        if (!columns.empty()) print_line(fmt::format("{}", fmt::join(columns, ", ")), 6);
    }
}

void print_series(const nwb::NwbFile& file) {
    if (file.series().empty()) return;
    std::printf("\nSeries\n");
    for (const auto& series : file.series()) {
        const auto loaded = nwb::loaded_as(series);
        print_line(fmt::format("{}: {}{}", series.path,
                               series.neurodata_type.empty() ? "a series" : series.neurodata_type,
                               loaded.empty() ? "" : fmt::format(" -> {}", loaded)),
                   2);
        std::string text = series.data_path.empty() ? "no data"
                                                    : fmt::format("{} {}", shape_text(series.shape),
                                                                  type_text(series.type));
        if (!series.unit.empty()) text += fmt::format(" [{}]", series.unit);
        text += ", " + times_text(series);
        if (series.conversion != 1.0 || series.offset != 0.0)
            text += fmt::format(", times {:g} plus {:g}", series.conversion, series.offset);
        if (!series.rois.table.empty()) text += ", ROIs of " + series.rois.table;
        if (!series.electrodes.table.empty()) text += ", electrodes of " + series.electrodes.table;
        if (!series.target.empty()) text += ", indexes " + series.target;
        if (!series.external_files.empty())
            text += fmt::format(", pictures in {}", fmt::join(series.external_files, ", "));
        print_line(text, 6);
        std::vector<std::string> extras;
        for (const auto& one : series.extras)
            extras.push_back(
                fmt::format("{} {} {}", one.name, shape_text(one.shape), type_text(one.type)));
        if (!extras.empty()) print_line(fmt::format("beside it: {}", fmt::join(extras, ", ")), 6);
    }
}

void print_images(const nwb::NwbFile& file) {
    if (file.images().empty()) return;
    std::printf("\nImages\n");
    for (const auto& one : file.images())
        print_line(fmt::format("{}: {}, {} {}", one.path, one.neurodata_type, shape_text(one.shape),
                               type_text(one.type)),
                   2);
}

void print_objects(const nwb::NwbFile& file) {
    if (file.objects().empty()) return;
    std::map<std::string, std::vector<std::string>> by_type;
    for (const auto& one : file.objects())
        by_type[one.neurodata_type].push_back(one.path.substr(one.path.rfind('/') + 1));
    std::printf("\nOther objects\n");
    for (const auto& [type, names] : by_type) {
        auto text = fmt::format("{} {}: ", names.size(), type);
        text += fmt::format(
            "{}", fmt::join(names.begin(),
                            names.begin() +
                                static_cast<std::ptrdiff_t>(std::min<std::size_t>(6, names.size())),
                            ", "));
        print_line(text + (names.size() > 6 ? ", ..." : ""), 2);
    }
}

/// Entries of one kind and reason stand together.
void print_not_understood(const nwb::NwbFile& file, bool all) {
    const auto& entries = file.not_understood();
    if (entries.empty()) {
        std::printf("\nNot understood: nothing\n");
        return;
    }
    std::printf("\nNot understood\n");
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> groups;
    for (const auto& one : entries) groups[{one.neurodata_type, one.why}].push_back(one.path);
    for (const auto& [key, paths] : groups) {
        const auto& [type, why] = key;
        print_line(
            fmt::format("{}{}: {}", paths.size() == 1 ? "" : fmt::format("{} ", paths.size()),
                        type.empty() ? "without a type" : type, why),
            2);
        const auto shown = all ? paths.size() : std::min<std::size_t>(paths.size(), 3);
        for (std::size_t i = 0; i < shown; ++i) print_line(paths[i], 6);
        if (shown < paths.size())
            print_line(fmt::format("... and {} more (--all)", paths.size() - shown), 6);
    }
}

void print_problems(const nwb::NwbFile& file, bool all) {
    const auto problems = file.problems();
    if (problems.empty()) return;
    std::printf("\nWrong in the file\n");
    const auto shown = all ? problems.size() : std::min(problems.size(), most_lines);
    for (std::size_t i = 0; i < shown; ++i)
        print_line(
            fmt::format("{}: {}: {}", problems[i].type, problems[i].path, problems[i].message), 2);
    if (shown < problems.size())
        print_line(fmt::format("... and {} more (--all)", problems.size() - shown), 2);
}

json text_or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

json number_or_null(const std::optional<double>& number) {
    return number ? json(*number) : json(nullptr);
}

json subject_json(const nwb::Subject& subject) {
    return {{"subject_id", text_or_null(subject.subject_id)},
            {"species", text_or_null(subject.species)},
            {"strain", text_or_null(subject.strain)},
            {"sex", text_or_null(subject.sex)},
            {"genotype", text_or_null(subject.genotype)},
            {"description", text_or_null(subject.description)},
            {"weight", text_or_null(subject.weight)},
            {"date_of_birth", text_or_null(subject.date_of_birth.text)},
            {"age", text_or_null(subject.age)},
            {"age_reference", text_or_null(subject.age_reference)},
            {"age_days", number_or_null(subject.age_days)}};
}

json tables_json(const nwb::NwbFile& file) {
    auto tables = json::array();
    for (const auto& table : file.tables()) {
        auto columns = json::array();
        for (const auto& one : table.columns) {
            columns.push_back({{"name", one.name},
                               {"type", type_text(one.type)},
                               {"shape", one.shape},
                               {"ragged_levels", one.index_paths.size()},
                               {"rows_of", text_or_null(one.region_table)},
                               {"description", text_or_null(one.description)}});
        }
        tables.push_back({{"path", table.path},
                          {"neurodata_type", text_or_null(table.neurodata_type)},
                          {"rows", table.rows},
                          {"columns", columns},
                          {"loaded_as", text_or_null(std::string(nwb::loaded_as(table)))}});
    }
    return tables;
}

json series_json(const nwb::NwbFile& file) {
    auto all = json::array();
    for (const auto& series : file.series()) {
        auto extras = json::array();
        for (const auto& one : series.extras)
            extras.push_back(
                {{"name", one.name}, {"type", type_text(one.type)}, {"shape", one.shape}});
        json entry{
            {"path", series.path},
            {"neurodata_type", text_or_null(series.neurodata_type)},
            {"description", text_or_null(series.description)},
            {"type", series.data_path.empty() ? json(nullptr) : json(type_text(series.type))},
            {"shape", series.shape},
            {"unit", text_or_null(series.unit)},
            {"conversion", series.conversion},
            {"offset", series.offset},
            {"rate_hz", nullptr},
            {"starting_time_s", nullptr},
            {"n_timestamps", nullptr},
            {"rois_of", text_or_null(series.rois.table)},
            {"electrodes_of", text_or_null(series.electrodes.table)},
            {"indexes", text_or_null(series.target)},
            {"external_files", series.external_files},
            {"beside", extras},
            {"loaded_as", text_or_null(std::string(nwb::loaded_as(series)))}};
        if (series.times == nwb::Times::rate) {
            entry["rate_hz"] = series.rate_hz;
            entry["starting_time_s"] = series.starting_time_s;
        } else if (series.times == nwb::Times::timestamps) {
            entry["n_timestamps"] = series.n_times;
        }
        all.push_back(std::move(entry));
    }
    return all;
}

json file_json(const nwb::NwbFile& file) {
    const auto& info = file.info();
    json out{{"file", file.hdf5().name()},
             {"bytes", file.hdf5().size_bytes()},
             {"nwb_version", info.nwb_version},
             {"identifier", text_or_null(info.identifier)},
             {"session_description", text_or_null(info.session_description)},
             {"session_start_time", text_or_null(info.session_start_time.text)},
             {"session_start_instant_s", number_or_null(info.session_start_time.instant_s)},
             {"experimenters", info.experimenters},
             {"lab", text_or_null(info.lab)},
             {"institution", text_or_null(info.institution)},
             {"keywords", info.keywords},
             {"subject", file.subject() ? subject_json(*file.subject()) : json(nullptr)},
             {"tables", tables_json(file)},
             {"series", series_json(file)}};
    auto images = json::array(), objects = json::array(), left = json::array(),
         problems = json::array();
    for (const auto& one : file.images())
        images.push_back({{"path", one.path},
                          {"neurodata_type", one.neurodata_type},
                          {"type", type_text(one.type)},
                          {"shape", one.shape}});
    for (const auto& one : file.objects())
        objects.push_back({{"path", one.path},
                           {"neurodata_type", one.neurodata_type},
                           {"namespace", text_or_null(one.name_space)}});
    for (const auto& one : file.not_understood())
        left.push_back({{"path", one.path},
                        {"neurodata_type", text_or_null(one.neurodata_type)},
                        {"why", one.why}});
    for (const auto& one : file.problems())
        problems.push_back({{"path", one.path}, {"type", one.type}, {"message", one.message}});
    out["images"] = std::move(images);
    out["objects"] = std::move(objects);
    out["not_understood"] = std::move(left);
    out["problems"] = std::move(problems);
    return out;
}

int run_show(const Context& context, const NwbArguments& arguments) {
    const auto file = nwb::NwbFile::open(arguments.file);
    if (context.json) {
        // Texts of files may be anything; those that are no UTF-8 are marked, not fatal.
        std::printf("%s\n",
                    file_json(file).dump(2, ' ', false, json::error_handler_t::replace).c_str());
        return 0;
    }
    print_facts(file);
    print_tables(file);
    print_series(file);
    print_images(file);
    print_objects(file);
    print_not_understood(file, arguments.all);
    print_problems(file, arguments.all);
    return 0;
}

}  // namespace

void add_nwb_command(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("nwb", "NWB files, without a database");
    command->require_subcommand(1);
    auto* show = command->add_subcommand("show", "what a file holds, and what would be loaded");
    show->footer(
        "Examples:\n"
        "  trialbase nwb show sub-anm369963_ses-20170228.nwb\n"
        "  trialbase nwb show session.nwb --json\n"
        "Behind an arrow stands what a loader makes of a table or a series: trials, intervals, "
        "events, an array of the store. What nothing reads is listed at the end. The file is read "
        "in a process of its own, so that a damaged or malicious one does no harm.");
    auto arguments = std::make_shared<NwbArguments>();
    show->add_option("file", arguments->file, "an NWB file (HDF5)")->required();
    show->add_flag("--all", arguments->all, "every path of long lists");
    show->callback([&context, arguments] {
        context.run = [&context, arguments] { return run_show(context, *arguments); };
    });
}

}  // namespace tb::app
