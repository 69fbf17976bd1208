// trialbase export: what the database and the store hold, as files for other programs.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/session_name.hpp"
#include "compute/photometry/responses.hpp"
#include "compute/task/wheel.hpp"
#include "src/store/session_file.hpp"
#include "src/store/store_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using store::SessionFile;

struct ExportArguments {
    std::string session;
    std::string folder = ".";
    std::string preprocess = "default", responses = "default", qc = "default", wheel = "default";
};

double number_of(const json& value) {
    return value.is_number() ? value.get<double>() : NAN;
}

std::vector<double> numbers_of(const json& list) {
    std::vector<double> numbers;
    for (const auto& value : list) numbers.push_back(number_of(value));
    return numbers;
}

SessionFile::Scalar scalar_of(const json& value) {
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_number()) return value.get<double>();
    if (value.is_string()) return value.get<std::string>();
    return {};
}

/// A column of a table. Choices, feedback and counts are whole numbers where none is missing, as
/// the reference's own tables have them.
SessionFile::Column column_of(const std::string& name, const json& list) {
    constexpr std::array<std::string_view, 4> texts{"stim_side", "eid", "band", "brain_region"};
    constexpr std::array<std::string_view, 5> counts{"choice", "feedbackType", "n_band_inversions",
                                                     "n_early_samples", "n_windows"};
    if (std::ranges::find(texts, name) != texts.end()) {
        std::vector<std::string> values;
        for (const auto& value : list)
            values.push_back(value.is_string() ? value.get<std::string>() : std::string());
        return values;
    }
    if (std::ranges::find(counts, name) != counts.end() &&
        std::ranges::all_of(list, [](const json& v) { return v.is_number_integer(); })) {
        std::vector<std::int64_t> values;
        for (const auto& value : list) values.push_back(value.get<std::int64_t>());
        return Array{{values.size()}, std::move(values)};
    }
    return Array::vector(numbers_of(list));
}

SessionFile::Metadata metadata_of(const json& document) {
    SessionFile::Metadata metadata;
    for (const auto& [name, value] : document.items()) {
        if (value.is_array()) {
            auto& list = metadata.lists[name];
            for (const auto& item : value)
                list.push_back(item.is_string() ? item.get<std::string>() : std::string());
        } else if (name == "number" && value.is_null()) {
            continue;  // the reader makes a whole number of what is there, and 0 of nothing
        } else if ((name == "session_n" || name == "session_length") && value.is_number()) {
            metadata.scalars[name] = value.get<double>();
        } else {
            metadata.scalars[name] = scalar_of(value);
        }
    }
    return metadata;
}

/// The columns that are there; one without any value is not.
SessionFile::Table trials_of(const json& columns) {
    SessionFile::Table table;
    for (const auto& [name, list] : columns.items()) {
        if (!std::ranges::all_of(list, [](const json& v) { return v.is_null(); }))
            table[name] = column_of(name, list);
    }
    const auto signed_contrast = table.find("signed_contrast");
    if (signed_contrast == table.end()) return table;
    // A left stimulus of no contrast is -0, which JSON does not keep.
    const auto& sides = columns["stim_side"];
    auto& contrasts =
        std::get<std::vector<double>>(std::get<Array>(signed_contrast->second).values);
    for (std::size_t i = 0; i < contrasts.size(); ++i) {
        if (contrasts[i] == 0 && sides[i] == "left") contrasts[i] = -0.0;
    }
    return table;
}

/// A name of a group must be one.
void check_region(const std::string& region, const SessionFile& file) {
    if (region.empty() || region == "." || region.find('/') != region.npos)
        throw Error(ErrorKind::data,
                    fmt::format("region \"{}\" cannot be the name of an HDF5 group", region));
    if (file.photometry.contains(region))
        throw Error(ErrorKind::data,
                    fmt::format("two recordings of the session are of region {}", region),
                    "The file has one group per region: give the fibres their sides.",
                    "AmbiguousRegionMapping");
}

/// The times that values on an even grid have, as they were computed.
compute::task::EvenTimes grid_of(const json& series, std::size_t n) {
    return compute::photometry::even_times(number_of(series["start_s"]), number_of(series["fs"]),
                                           n);
}

/// Whole seconds as whole numbers, as the reference's settings have them.
Array window_of(const json& window) {
    const auto seconds = numbers_of(window);
    if (!std::ranges::all_of(seconds, [](double s) { return s == std::trunc(s); }))
        return Array::vector(seconds);
    std::vector<std::int64_t> whole;
    whole.reserve(seconds.size());
    for (const double s : seconds) whole.push_back(static_cast<std::int64_t>(s));
    return {{whole.size()}, std::move(whole)};
}

SessionFile::Region region_of(const json& recording, const ArrayReader& arrays) {
    SessionFile::Region region;
    if (const auto& found = recording["preprocessed"]; found.is_object()) {
        SessionFile::Preprocessed made;
        made.fs = scalar_of(found["fs"]);
        made.signal = arrays.read(found["ref"].get<std::string>()).numbers();
        const auto grid = grid_of(found, made.signal.size());
        made.times.resize(made.signal.size());
        for (std::size_t i = 0; i < made.times.size(); ++i) made.times[i] = grid[i];
        region.preprocessed = std::move(made);
    }
    if (const auto& found = recording["responses"]; found.is_object()) {
        SessionFile::Responses made;
        made.fs = scalar_of(found["fs"]);
        made.window = window_of(found["window"]);
        const auto samples = found["n_samples"].get<std::int64_t>();
        const double rate = number_of(found["fs"]);
        const auto first = std::llround(number_of(found["first_offset_s"]) * rate);
        for (std::int64_t i = 0; i < samples; ++i)
            made.times.push_back(static_cast<double>(first + i) / rate);
        if (found["events"].is_object()) {
            for (const auto& [event, ref] : found["events"].items())
                made.events[event] = arrays.read(ref.get<std::string>());
        }
        const std::size_t trials =
            made.events.empty() ? 0 : made.events.begin()->second.shape.front();
        for (std::size_t t = 0; t < trials; ++t)
            made.trials.push_back(static_cast<std::int64_t>(t));
        region.responses = std::move(made);
    }
    if (const auto& rows = recording["qc"]; rows.is_array() && !rows.empty()) {
        for (const auto& [name, unused] : rows.front().items()) {
            json list = json::array();
            for (const auto& row : rows) list.push_back(row[name]);
            region.qc[name] = column_of(name, list);
        }
    }
    return region;
}

SessionFile session_file_of(const json& document, const std::string& eid,
                            const ArrayReader& arrays) {
    SessionFile file;
    file.metadata = metadata_of(document["metadata"]);
    file.errors.emplace();
    for (const auto& error : document["errors"]) {
        file.errors->push_back(
            {eid,
             error["type"].get<std::string>(),
             error["message"].is_string() ? error["message"].get<std::string>() : std::string(),
             {}});
    }
    if (document["trials"].is_object()) file.trials = trials_of(document["trials"]);
    for (const auto& recording : document["recordings"]) {
        auto region = region_of(recording, arrays);
        if (!region.preprocessed && !region.responses && region.qc.empty()) continue;
        const auto name = recording["brain_region"].get<std::string>();
        check_region(name, file);
        file.photometry[name] = std::move(region);
    }
    const auto& wheel = document["wheel"];
    if (wheel.is_object() && document["trials"].is_object()) {
        const auto velocity = arrays.read(wheel["ref"].get<std::string>());
        const auto* values = std::get_if<std::vector<float>>(&velocity.values);
        if (values == nullptr)
            throw Error(ErrorKind::data, "the wheel's velocity is not stored as float32");
        const auto matrix = compute::task::wheel_trial_matrix(
            grid_of(wheel, values->size()), *values, numbers_of(document["trials"]["stimOn_times"]),
            numbers_of(document["trials"]["feedback_times"]),
            compute::task::time_precision_named(wheel["time_precision"].get<std::string>()));
        file.wheel = SessionFile::Wheel{
            .fs = scalar_of(wheel["fs"]),
            .t0_event = "stimOn_times",
            .t1_event = "feedback_times",
            .velocity = Array::matrix(matrix.n_events, matrix.n_samples(), matrix.values)};
    }
    return file;
}

/// A set that nobody made would give a file without signals, and no word about it.
void check_params(db::Session& session, const ExportArguments& given) {
    const auto unknown = session.exec(
        {"parameter sets",
         "select step, name from analysis.photometry_unknown_params($1, $2, $3, $4)"},
        db::Params().text(given.preprocess).text(given.responses).text(given.qc).text(given.wheel));
    if (unknown.rows() > 0)
        throw Error(ErrorKind::not_found, fmt::format("there is no parameter set {} of {}",
                                                      unknown.get<std::string>(0, "name"),
                                                      unknown.get<std::string>(0, "step")));
}

int run_session_h5(const ExportArguments& given, const Context& context) {
    auto session = context.connect("export");
    const auto eid = session_key(session, given.session);
    check_params(session, given);
    const auto answer = session.exec(
        {"session document",
         "select analysis.photometry_session_document($1::uuid, $2, $3, $4, $5)::text as document"},
        db::Params()
            .text(eid)
            .text(given.preprocess)
            .text(given.responses)
            .text(given.qc)
            .text(given.wheel));
    const auto text = answer.optional<std::string>(0, "document");
    if (!text) {
        throw Error(ErrorKind::not_found, "there is no session " + eid,
                    "Find it with: trialbase query sessions");
    }
    const auto document = json::parse(*text);
    if (!document["is_photometry"].get<bool>()) {
        throw Error(ErrorKind::not_found, fmt::format("session {} has no photometry", eid),
                    "Find those that have with: trialbase query photometry_sessions");
    }
    const store::StoreReader reader(context.readable_store(session));
    auto file = session_file_of(document, eid, reader);
    std::error_code code;
    const fs::path folder(given.folder);
    fs::create_directories(folder, code);
    if (!fs::is_directory(folder))
        throw Error(ErrorKind::io, fmt::format("cannot make the folder {}{}{}", folder.string(),
                                               code ? ": " : "", code ? code.message() : ""));
    const auto path = folder / (eid + ".h5");
    const bool was_there = fs::exists(path);
    store::update_session_file(path, file);
    const auto without = std::ranges::count_if(document["recordings"], [](const json& recording) {
        return !recording["preprocessed"].is_object();
    });
    if (!context.quiet && without > 0)
        std::fprintf(stderr,
                     "note: %td of %zu recordings have no preprocessed signal: trialbase status, "
                     "trialbase errors\n",
                     without, document["recordings"].size());
    if (context.json) {
        std::printf("%s\n", json{{"file", path.string()},
                                 {"was_there", was_there},
                                 {"recordings", file.photometry.size()},
                                 {"errors", file.errors->size()},
                                 {"wheel", file.wheel.has_value()}}
                                .dump(2)
                                .c_str());
    } else {
        std::printf("%s%s: %zu recordings, %zu logged errors%s\n", path.string().c_str(),
                    was_there ? " (updated)" : "", file.photometry.size(), file.errors->size(),
                    file.wheel ? ", wheel" : "");
    }
    return 0;
}

}  // namespace

void add_export_command(CLI::App& app, Context& context) {
    auto* const command = app.add_subcommand(
        "export",
        "Files for other programs.\nExample: trialbase export session-h5 SESSION -o exported");
    command->require_subcommand(1);
    auto arguments = std::make_shared<ExportArguments>();
    auto* const session = command->add_subcommand(
        "session-h5",
        "One session as <session>.h5, as the photometry pipeline's Python package reads it.\n"
        "Of a file that is there, groups are replaced; others (video) and logged errors stay.\n"
        "Example: trialbase export session-h5 ef9d9d06-37be-5b1b-abea-3ec8f0262c26 -o exported");
    session->add_option("session", arguments->session, session_name_about)->required();
    session->add_option("-o,--output", arguments->folder, "Folder; made where it is absent")
        ->capture_default_str();
    session->add_option("--preprocess-params", arguments->preprocess, "Set of preprocessing")
        ->capture_default_str();
    session->add_option("--response-params", arguments->responses, "Set of responses")
        ->capture_default_str();
    session->add_option("--qc-params", arguments->qc, "Set of quality control")
        ->capture_default_str();
    session->add_option("--wheel-params", arguments->wheel, "Set of the wheel")
        ->capture_default_str();
    session->callback([arguments, &context] {
        context.run = [arguments, &context] { return run_session_h5(*arguments, context); };
    });
}

}  // namespace tb::app
