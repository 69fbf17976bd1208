#include "ingest/alf/task_order.hpp"

#include "ingest/photometry/description.hpp"
#include "ingest/photometry/session_photometry.hpp"

#include <algorithm>

namespace tb::alf {
namespace {

/// The number that a task's folders share: "01" of raw_task_data_01 and alf/task_01.
std::string_view number_of(std::string_view collection) {
    const auto at = collection.rfind('_');
    return at == std::string_view::npos ? collection : collection.substr(at + 1);
}

}  // namespace

std::size_t TaskOrder::place_of(std::string_view collection) const {
    const auto found = std::ranges::find_if(collections_, [&](const std::string& one) {
        return number_of(one) == number_of(collection);
    });
    return static_cast<std::size_t>(found - collections_.begin());
}

bool TaskOrder::is_before(std::string_view one, std::string_view other) const {
    const auto place = place_of(one);
    const auto other_place = place_of(other);
    return place != other_place ? place < other_place : one < other;
}

TaskOrder read_task_order(SessionFiles& files) {
    const auto& members = files.source().members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (photometry::role_of(members[i].path) != photometry::Role::description ||
            !files.has_bytes(i))
            continue;
        std::vector<std::string> collections;
        std::string told;
        for (const auto& task : photometry::described_tasks(formats::as_text(files.bytes_of(i)))) {
            if (!task.collection.starts_with("raw_task_data_")) continue;
            told += (told.empty() ? "" : ", ") + task.collection;
            collections.push_back(task.collection);
        }
        if (collections.size() < 2) return {};
        files.mark_used(i);
        if (!std::ranges::is_sorted(collections)) {
            files.issue("TaskOrder", members[i].path,
                        "the tasks were run in the order " + formats::escaped_utf8(told) +
                            ", not in that of their folders' numbers");
        }
        return TaskOrder(std::move(collections));
    }
    return {};
}

}  // namespace tb::alf
