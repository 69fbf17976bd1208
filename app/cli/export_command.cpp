// trialbase export: what the database and the store hold, as files for other programs.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "compute/task/wheel.hpp"
#include "src/base/uuid.hpp"
#include "src/store/session_file.hpp"
#include "src/store/store_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

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
    if (value.is_boolean()) return std::int64_t{value.get<bool>() ? 1 : 0};
    return {};
}

bool holds(const json& list, bool (json::*is)() const noexcept) {
    bool any = false;
    for (const auto& value : list) {
        if (value.is_null()) continue;
        if (!(value.*is)()) return false;
        any = true;
    }
    return any;
}

/// A column of JSON values: text where any is text, whole numbers where all are and none is
/// missing, else numbers.
SessionFile::Column column_of(const json& list) {
    if (holds(list, &json::is_string)) {
        std::vector<std::string> texts;
        for (const auto& value : list)
            texts.push_back(value.is_string() ? value.get<std::string>() : std::string());
        return texts;
    }
    return Array::vector(numbers_of(list));
}

SessionFile::Metadata metadata_of(const json& document) {
    SessionFile::Metadata metadata;
    for (const auto& [name, value] : document.items()) {
        if (!value.is_array()) {
            metadata.scalars[name == "target_nm" ? "target_NM" : name] = scalar_of(value);
            continue;
        }
        auto& list = metadata.lists[name == "target_nm" ? "target_NM" : name];
        for (const auto& item : value)
            list.push_back(item.is_string() ? item.get<std::string>() : std::string());
    }
    return metadata;
}

/// Choices and feedback keep the whole numbers of their source where none is missing.
SessionFile::Table trials_of(const json& columns) {
    SessionFile::Table table;
    for (const auto& [name, list] : columns.items()) {
        if (!list.is_array()) continue;
        const bool is_whole = (name == "choice" || name == "feedbackType") &&
                              std::ranges::none_of(list, [](const json& v) { return v.is_null(); });
        if (is_whole) {
            std::vector<std::int64_t> values;
            for (const auto& value : list) values.push_back(value.get<std::int64_t>());
            table[name] = Array{{values.size()}, std::move(values)};
        } else if (!std::ranges::all_of(list, [](const json& v) { return v.is_null(); })) {
            table[name] = column_of(list);
        }
    }
    return table;
}

SessionFile::Region region_of(const json& recording, const ArrayReader& arrays) {
    SessionFile::Region region;
    if (const auto& found = recording["preprocessed"]; found.is_object()) {
        SessionFile::Preprocessed made;
        made.fs = scalar_of(found["fs"]);
        made.signal = arrays.read(found["ref"].get<std::string>()).numbers();
        const double rate = number_of(found["fs"]);
        const double start = number_of(found["start_s"]);
        made.times.resize(made.signal.size());
        for (std::size_t i = 0; i < made.times.size(); ++i)
            made.times[i] = start + static_cast<double>(i) / rate;
        region.preprocessed = std::move(made);
    }
    if (const auto& found = recording["responses"]; found.is_object()) {
        SessionFile::Responses made;
        made.fs = scalar_of(found["fs"]);
        made.window = Array::vector(numbers_of(found["window"]));
        const auto samples = found["n_samples"].get<std::size_t>();
        for (std::size_t i = 0; i < samples; ++i) {
            made.times.push_back(number_of(found["first_offset_s"]) +
                                 static_cast<double>(i) / number_of(found["fs"]));
        }
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
            if (!holds(list, &json::is_array)) region.qc[name] = column_of(list);
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
        if (region.preprocessed || region.responses || !region.qc.empty())
            file.photometry[recording["brain_region"].get<std::string>()] = std::move(region);
    }
    const auto& wheel = document["wheel"];
    if (wheel.is_object() && document["trials"].is_object()) {
        const auto velocity = arrays.read(wheel["ref"].get<std::string>());
        const auto* values = std::get_if<std::vector<float>>(&velocity.values);
        if (values == nullptr)
            throw Error(ErrorKind::data, "the wheel's velocity is not stored as float32");
        const double rate = number_of(wheel["fs"]);
        const auto matrix = compute::task::wheel_trial_matrix(
            {number_of(wheel["start_s"]), 1.0 / rate, values->size()}, *values,
            numbers_of(document["trials"]["stimOn_times"]),
            numbers_of(document["trials"]["feedback_times"]));
        file.wheel = SessionFile::Wheel{
            .fs = scalar_of(wheel["fs"]),
            .t0_event = "stimOn_times",
            .t1_event = "feedback_times",
            .velocity = Array::matrix(matrix.n_events, matrix.n_samples(), matrix.values)};
    }
    return file;
}

int run_session_h5(const ExportArguments& given, const Context& context) {
    if (!Uuid::parse(given.session)) {
        throw Error(ErrorKind::usage, given.session + " is no session_id",
                    "Find it with: trialbase query sessions");
    }
    auto session = context.connect("export");
    const auto answer = session.exec(
        {"session document",
         "select analysis.photometry_session_document($1::uuid, $2, $3, $4, $5)::text as document"},
        db::Params()
            .text(given.session)
            .text(given.preprocess)
            .text(given.responses)
            .text(given.qc)
            .text(given.wheel));
    const auto text = answer.optional<std::string>(0, "document");
    if (!text) {
        throw Error(ErrorKind::not_found, "there is no session " + given.session,
                    "Find it with: trialbase query sessions");
    }
    const auto document = json::parse(*text);
    const store::StoreReader reader(context.store_options().root);
    const auto file = session_file_of(document, given.session, reader);
    std::error_code code;
    std::filesystem::create_directories(given.folder, code);
    const auto path = std::filesystem::path(given.folder) / (given.session + ".h5");
    store::write_session_file(path, file);
    if (context.json) {
        std::printf("%s\n", json{{"file", path.string()},
                                 {"recordings", file.photometry.size()},
                                 {"errors", file.errors->size()},
                                 {"wheel", file.wheel.has_value()}}
                                .dump(2)
                                .c_str());
    } else {
        std::printf("%s: %zu recordings, %zu logged errors%s\n", path.string().c_str(),
                    file.photometry.size(), file.errors->size(), file.wheel ? ", wheel" : "");
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
        "One session as <session>.h5, as the photometry pipeline's Python package reads it\n"
        "Example: trialbase export session-h5 ef9d9d06-37be-5b1b-abea-3ec8f0262c26 -o exported");
    session->add_option("session", arguments->session, "session_id (eid)")->required();
    session->add_option("-o,--output", arguments->folder, "Folder; made where it is absent")
        ->capture_default_str();
    session->add_option("--preprocess-params", arguments->preprocess, "Set of preprocessing")
        ->capture_default_str();
    session->add_option("--response-params", arguments->responses, "Set of responses")
        ->capture_default_str();
    session->add_option("--wheel-params", arguments->wheel, "Set of the wheel")
        ->capture_default_str();
    session->callback([arguments, &context] {
        context.run = [arguments, &context] { return run_session_h5(*arguments, context); };
    });
}

}  // namespace tb::app
