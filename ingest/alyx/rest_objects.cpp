#include "ingest/alyx/rest_objects.hpp"

#include <array>
#include <utility>

namespace tb::alyx {
namespace {

using nlohmann::json;

/// The last part of an object's address, where its UUID stands.
std::string last_part(std::string address) {
    while (address.ends_with('/')) address.pop_back();
    return address.substr(address.rfind('/') + 1);
}

std::string key_of(const json& object) {
    if (const auto id = object.find("id"); id != object.end() && id->is_string())
        return id->get<std::string>();
    if (const auto url = object.find("url"); url != object.end() && url->is_string()) {
        auto part = last_part(url->get<std::string>());
        if (part.size() == 36) return part;
    }
    return {};
}

void give_file_records(const json& dataset, const std::string& key,
                       const std::function<void(DumpObject)>& take) {
    const auto records = dataset.find("file_records");
    if (records == dataset.end() || !records->is_array()) return;
    for (const auto& record : *records) {
        if (!record.is_object()) continue;
        DumpObject copy{"data.filerecord", key_of(record), record};
        copy.fields["dataset"] = key;
        take(std::move(copy));
    }
}

/// Datasets and water that a session's answer holds.
void give_related(json& session, const std::string& key,
                  const std::function<void(DumpObject)>& take) {
    if (auto datasets = session.find("data_dataset_session_related");
        datasets != session.end() && datasets->is_array()) {
        for (auto& dataset : *datasets) {
            if (!dataset.is_object()) continue;
            dataset["session"] = key;
            if (const auto is_default = dataset.find("default_revision");
                is_default != dataset.end())
                dataset["default_dataset"] = *is_default;
            take({"data.dataset", key_of(dataset), std::move(dataset)});
        }
    }
    session.erase("data_dataset_session_related");
}

}  // namespace

std::span<const RestList> rest_lists() {
    static constexpr std::array lists{
        RestList{"users", "misc.labmember"},
        RestList{"labs", "misc.lab"},
        RestList{"locations", "misc.lablocation"},
        RestList{"projects", "subjects.project"},
        RestList{"procedures", "actions.proceduretype"},
        RestList{"water-type", "actions.watertype"},
        RestList{"data-formats", "data.dataformat"},
        RestList{"data-repository", "data.datarepository"},
        RestList{"dataset-types", "data.datasettype"},
        RestList{"revisions", "data.revision"},
        RestList{"subjects", "subjects.subject"},
        RestList{"weighings", "actions.weighing", "date_time"},
        RestList{"water-restriction", "actions.waterrestriction"},
        RestList{"surgeries", "actions.surgery"},
        RestList{"sessions", "actions.session", "auto_datetime", true},
        RestList{"water-administrations", "actions.wateradministration", "date_time"},
        RestList{"insertions", "experiments.probeinsertion", "auto_datetime"},
        RestList{"datasets", "data.dataset", "auto_datetime"}};
    return lists;
}

void give_rest_object(const RestList& list, json object,
                      const std::function<void(DumpObject)>& take) {
    DumpObject given;
    given.model = std::string(list.model);
    given.pk = key_of(object);
    // A list within an object (a session's related rows) has objects of its own.
    if (list.endpoint == "sessions" && object.is_object()) give_related(object, given.pk, take);
    if (list.endpoint == "datasets" && object.is_object())
        give_file_records(object, given.pk, take);
    // A place is one of a lab; those without come with the sessions that were run there.
    if (list.endpoint == "locations" && object.is_object() && object.value("lab", json()).is_null())
        return;
    given.fields = std::move(object);
    take(std::move(given));
}

}  // namespace tb::alyx
