#include "ingest/alf/member.hpp"
#include "ingest/alf/surroundings_reader.hpp"
#include "ingest/formats/json_lines.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace tb::alf {
namespace {

constexpr const char* dataset_name = "ambientSensorData.raw";

/// A reading as the rig writes it: a number, or a list that holds one.
double reading(const nlohmann::json& line, const char* name) {
    const auto at = line.find(name);
    if (at == line.end()) return nan;
    const auto& value = at->is_array() && at->size() == 1 ? at->front() : *at;
    return value.is_number() ? value.get<double>() : nan;
}

AmbientReadings readings_of(std::string_view text, const std::string& path) {
    AmbientReadings readings;
    formats::for_each_json_line(text, path, [&](nlohmann::json&& line, std::size_t number) {
        if (!line.is_object())
            throw Error(ErrorKind::data,
                        path + ": line " + std::to_string(number) + ": no object of readings");
        readings.temperature_c.push_back(reading(line, "Temperature_C"));
        readings.air_pressure_mb.push_back(reading(line, "AirPressure_mb"));
        readings.relative_humidity_percent.push_back(reading(line, "RelativeHumidity"));
    });
    return readings;
}

std::string number_of(const std::string& collection) {
    return collection.substr(collection.rfind('_') + 1);
}

/// The trials that the rig's collection is about; nothing where that cannot be told.
std::optional<TaskPart> part_of(const std::string& collection, std::span<const TaskPart> parts) {
    if (parts.size() == 1) return parts.front();
    for (const auto& part : parts)
        if (part.collection == collection ||
            (part.collection.starts_with("alf/task_") &&
             collection == "raw_task_data_" + number_of(part.collection)))
            return part;
    return std::nullopt;
}

void append(std::vector<double>& to, std::size_t first, const std::vector<double>& values) {
    std::ranges::copy(values, to.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace

void read_ambient(SessionFiles& files, std::span<const TaskPart> parts) {
    auto& session = files.session();
    for (const auto& dataset : files.wanted()) {
        if (dataset.parts.file.object != "ambientSensorData" || !files.has_bytes(dataset.member))
            continue;
        const auto part = part_of(dataset.parts.collection, parts);
        if (!part || part->trials == 0) continue;
        try {
            const auto readings = readings_of(formats::as_text(files.bytes_of(dataset.member)),
                                              files.path_of(dataset));
            const auto lines = readings.temperature_c.size();
            if (lines != part->trials) {
                files.issue("LengthMismatch", dataset_name,
                            std::to_string(lines) + " readings of the air for " +
                                std::to_string(part->trials) + " trials; left out");
                continue;
            }
            auto& all = session.ambient;
            for (auto* column :
                 {&all.temperature_c, &all.air_pressure_mb, &all.relative_humidity_percent})
                column->resize(session.trials.count, nan);
            append(all.temperature_c, part->first_trial, readings.temperature_c);
            append(all.air_pressure_mb, part->first_trial, readings.air_pressure_mb);
            append(all.relative_humidity_percent, part->first_trial,
                   readings.relative_humidity_percent);
            files.mark_used(dataset.member);
        } catch (const Error& error) {
            files.issue("UnreadableDataset", dataset_name, error.what());
        }
    }
}

}  // namespace tb::alf
