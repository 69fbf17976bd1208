// Golden vectors of the Allen Institute's project tables and manifests: ingest/allen.
#include "ingest/allen/cache.hpp"
#include "ingest/allen/manifest.hpp"
#include "ingest/allen/mouse.hpp"
#include "ingest/allen/session_type.hpp"
#include "ingest/allen/table_cell.hpp"
#include "src/base/blake2b.hpp"
#include "tests/vectors/runner.hpp"

#include <chrono>

namespace tb::vectors {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

std::vector<std::string> texts(const Json& list) {
    std::vector<std::string> out;
    for (const auto& one : list) out.push_back(one.get<std::string>());
    return out;
}

Json pairs(const std::vector<std::pair<std::string, std::string>>& list) {
    Json out = Json::array();
    for (const auto& [name, change] : list) out.push_back({name, change});
    return out;
}

void cache(const Case& input, Run& run) {
    // As text: the runner would give what is in the file of that name.
    const auto inputs = input.document().contains("inputs")
                            ? input.document()["inputs"]
                            : read_json(input.path_of("input.json"));
    const auto manifest_of = [&](const char* name) {
        return allen::read_manifest(input.path_of(inputs.at(name).get<std::string>()));
    };
    const auto from = manifest_of("manifest_from"), to = manifest_of("manifest_to");
    run.give("newest_manifest", allen::newest(std::vector{from.file_name, to.file_name}));
    run.give("newest_version", allen::newest(texts(input.input("version_list"))));
    const auto comparison = allen::compare(from, to);
    run.give("compare_text", comparison.text);
    run.give("compare/metadata_changes", pairs(comparison.metadata_changes));
    run.give("compare/data_changes", pairs(comparison.data_changes));
    Json local = Json::object(), in_bucket = Json::object(), metadata = Json::object();
    for (const auto& [id, file] : from.data_files) {
        local[id] = from.local_path(file);
        in_bucket[id] = from.static_path(file);
    }
    for (const auto& [table, file] : from.metadata_files) metadata[table] = from.local_path(file);
    run.give("local_paths", local);
    run.give("local_paths_static", in_bucket);
    run.give("metadata_local_paths", metadata);
    const auto address = allen::object_address(input.input("url").get<std::string>());
    run.give("bucket", address.bucket);
    run.give("object_key", address.key);
    run.give("manifest_prefix", allen::manifest_prefix(from.project_name));
    Json digests = Json::array(), accepted = Json::array();
    for (const auto& text : texts(input.input("texts"))) digests.push_back(blake2b_hex(text));
    for (const auto& version : texts(input.input("manifest_versions")))
        accepted.push_back(allen::is_readable_version(version));
    run.give("blake2b_512", digests);
    run.give("version_accepted", accepted);
}

/// Microseconds since 1970 of a date as parse_cell() gives it.
std::int64_t microseconds(const std::string& date) {
    const auto part = [&](std::size_t at, std::size_t count) {
        return std::stoi(date.substr(at, count));
    };
    const std::chrono::year_month_day day{std::chrono::year{part(0, 4)},
                                          std::chrono::month{static_cast<unsigned>(part(5, 2))},
                                          std::chrono::day{static_cast<unsigned>(part(8, 2))}};
    const auto seconds = std::chrono::sys_days{day}.time_since_epoch() +
                         std::chrono::hours{part(11, 2)} + std::chrono::minutes{part(14, 2)} +
                         std::chrono::seconds{part(17, 2)};
    return std::chrono::microseconds{seconds}.count() + part(20, 6);
}

void session_derived(const Case& input, Run& run) {
    const auto table = input.csv("input");
    std::vector<allen::HistorySession> sessions;
    const auto omit = table.numbers("flash_omit_probability");
    for (std::size_t row = 0; row < table.rows; ++row) {
        allen::HistorySession one;
        one.mouse_id = table.texts("mouse_id")[row];
        const auto& session_type = table.texts("session_type")[row];
        if (!session_type.empty()) one.session_type = session_type;
        one.date_us = microseconds(std::get<std::string>(
            allen::parse_cell(table.texts("date_of_acquisition")[row], allen::CellKind::date)));
        if (!std::isnan(omit[row])) one.flash_omit_probability = omit[row];
        sessions.push_back(std::move(one));
    }
    const auto exposures = allen::prior_exposures(sessions);
    Json out = Json::object();
    for (const auto* name :
         {"behavior_session_id", "mouse_id", "session_type", "date_of_acquisition"}) {
        out[name] = Json::array();
        for (const auto& cell : table.texts(name)) out[name].push_back(cell);
    }
    for (std::size_t row = 0; row < table.rows; ++row) {
        const auto& type = sessions[row].session_type;
        const auto& prior = exposures[row];
        const auto number = type ? allen::session_number(*type) : std::nullopt;
        const auto is_imaging = number && *number > 0;
        out["prior_exposures_to_session_type"].push_back(or_null(prior.to_session_type));
        out["prior_exposures_to_image_set"].push_back(or_null(prior.to_image_set));
        out["prior_exposures_to_omissions"].push_back(or_null(prior.to_omissions));
        out["session_number"].push_back(or_null(number));
        out["experience_level"].push_back(
            type ? Json(allen::experience_level(*type, prior.to_image_set)) : Json());
        out["behavior_type"].push_back(type ? Json(allen::behavior_type(*type)) : Json());
        out["image_set"].push_back(type ? Json(allen::image_set(*type)) : Json());
        // The table of experiments has imaging sessions with their images alone.
        out["passive"].push_back(is_imaging ? Json(allen::is_passive(number)) : Json());
        out["experiment_image_set"].push_back(is_imaging ? Json(allen::experiment_image_set(*type))
                                                         : Json());
    }
    run.give("expected", out);
}

template <class Parse>
Json each(const Json& list, const Parse& parse) {
    Json out = Json::array();
    for (const auto& one : list)
        out.push_back(one.is_null() ? Json() : or_null(parse(one.get<std::string>())));
    return out;
}

void metadata_parsers(const Case& input, Run& run) {
    run.give("cre_line", each(input.input("cre_line"), &allen::cre_line));
    run.give("indicator", each(input.input("indicator"), &allen::indicator));
    run.give("age_days", each(input.input("age_days"), &allen::age_in_days));
    Json ages = Json::array();
    for (const auto& days : input.input("age_code"))
        ages.push_back(
            allen::age_text(days.is_null() ? std::nullopt : std::optional(days.get<int>())));
    run.give("age_code", ages);
    run.give("behavior_type", each(input.input("behavior_type"), [](const std::string& name) {
                 return std::optional(allen::behavior_type(name));
             }));
    run.give("image_set", each(input.input("image_set"), [](const std::string& name) {
                 return std::optional(allen::image_set(name));
             }));
    run.give("num_targeted_structures",
             each(input.input("num_targeted_structures"), &allen::num_targeted_structures));
    run.give("num_depths_per_area",
             each(input.input("num_depths_per_area"), &allen::num_depths_per_area));
}

const Registration cache_op("change_detection.cache", &cache);
const Registration session_derived_op("change_detection.session_derived", &session_derived);
const Registration metadata_parsers_op("change_detection.metadata_parsers", &metadata_parsers);

}  // namespace
}  // namespace tb::vectors
