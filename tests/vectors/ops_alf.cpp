// Golden vectors of ALF names and datasets: ingest/alf/names.hpp.
#include "include/trialbase/error.hpp"
#include "ingest/alf/names.hpp"
#include "tests/vectors/runner.hpp"

#include <initializer_list>

namespace tb::vectors {
namespace {

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json parts_or_null(std::initializer_list<std::string> parts) {
    Json out = Json::array();
    for (const auto& part : parts) out.push_back(text_or_null(part));
    return out;
}

Json file_parts(const alf::FilenameParts& p) {
    return parts_or_null({p.name_space, p.object, p.attribute, p.timescale, p.extra, p.extension});
}

std::vector<std::string> texts(const Json& list) {
    std::vector<std::string> out;
    for (const auto& item : list) out.push_back(item.get<std::string>());
    return out;
}

void alf_filename_parts(const Case& input, Run& run) {
    Json valid = Json::array();
    Json parts = Json::array();
    for (const auto& name : texts(input.input("names"))) {
        const auto found = alf::filename_parts(name);
        valid.push_back(found.has_value());
        parts.push_back(found ? file_parts(*found) : Json());
    }
    run.give("valid", valid);
    run.give("parts", parts);
}

void alf_session_parts(const Case& input, Run& run) {
    Json is_session = Json::array();
    Json parts = Json::array();
    for (const auto& path : texts(input.input("paths"))) {
        const auto found = alf::session_parts(path);
        is_session.push_back(alf::is_session_path(path));
        parts.push_back(
            found ? parts_or_null({found->lab, found->subject, found->date, found->number})
                  : Json());
    }
    run.give("is_session_path", is_session);
    run.give("parts", parts);
}

void alf_rel_path_parts(const Case& input, Run& run) {
    Json parts = Json::array();
    for (const auto& path : texts(input.input("paths"))) {
        const auto found = alf::relative_path_parts(path);
        if (!found) {
            parts.push_back(Json());
            continue;
        }
        auto row = parts_or_null({found->collection, found->revision});
        for (const auto& part : file_parts(found->file)) row.push_back(part);
        parts.push_back(row);
    }
    run.give("parts", parts);
}

void alf_revision_last_before(const Case& input, Run& run) {
    const auto revisions = texts(input.param("revisions"));
    Json index = Json::array();
    for (const auto& asked : input.param("asked")) {
        const auto found = alf::revision_last_before(
            revisions, asked.is_null() ? std::nullopt : std::optional(asked.get<std::string>()));
        index.push_back(found ? Json(*found) : Json());
    }
    run.give("index", index);
}

void alf_timestamps(const Case& input, Run& run) {
    const auto samples = static_cast<std::size_t>(input.number_param("n_samples"));
    run.give("times", to_json_array(alf::expand_timestamps(input.numbers("timestamps"), samples)));
}

alf::DatasetQuery::Pattern pattern(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::nullopt;
    if (found->is_array()) return texts(*found);
    return std::vector{found->get<std::string>()};
}

alf::DatasetQuery dataset_query(const Json& asked) {
    alf::DatasetQuery query;
    if (asked.contains("filename") && asked["filename"].is_object()) {
        const auto& parts = asked["filename"];
        query.name_space = pattern(parts, "namespace");
        query.object = pattern(parts, "object");
        query.attribute = pattern(parts, "attribute");
        query.timescale = pattern(parts, "timescale");
        query.extra = pattern(parts, "extra");
        query.extension = pattern(parts, "extension");
    } else {
        query.filename = pattern(asked, "filename");
    }
    query.collection = pattern(asked, "collection");
    if (asked.contains("revision") && !asked["revision"].is_null()) {
        query.revision = asked["revision"].get<std::string>();
    }
    query.revision_last_before = asked.value("revision_last_before", true);
    query.assert_unique = asked.value("assert_unique", true);
    query.wildcards = asked.value("wildcards", false);
    query.ignore_not_set = asked.value("ignore_qc_not_set", false);
    query.worst = alf::dataset_quality(asked.value("qc", "FAIL"));
    return query;
}

void alf_filter_datasets(const Case& input, Run& run) {
    const auto table = input.csv("datasets");
    const bool has_defaults = table.has("default_revision");
    std::vector<alf::DatasetRow> rows(table.rows);
    for (std::size_t i = 0; i < table.rows; ++i) {
        rows[i].path = table.texts("rel_path")[i];
        rows[i].quality = alf::dataset_quality(table.texts("qc")[i]);
        if (has_defaults) rows[i].is_default_revision = table.numbers("default_revision")[i] != 0.0;
    }
    Json found = Json::array();
    for (const auto& asked : input.param("queries")) {
        try {
            Json paths = Json::array();
            for (const auto i : alf::filter_datasets(rows, dataset_query(asked))) {
                paths.push_back(rows[i].path);
            }
            found.push_back(paths);
        } catch (const Error& error) {
            if (error.type().empty()) throw;
            found.push_back(error.type());
        }
    }
    run.give("rel_paths", found);
}

const Registration filename_registered("behavior.alf_filename_parts", &alf_filename_parts);
const Registration session_registered("behavior.alf_session_parts", &alf_session_parts);
const Registration rel_path_registered("behavior.alf_rel_path_parts", &alf_rel_path_parts);
const Registration revision_registered("behavior.alf_revision_last_before",
                                       &alf_revision_last_before);
const Registration timestamps_registered("behavior.alf_timestamps", &alf_timestamps);
const Registration filter_registered("behavior.alf_filter_datasets", &alf_filter_datasets);

}  // namespace
}  // namespace tb::vectors
