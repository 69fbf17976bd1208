#include "ingest/load/session_file_columns.hpp"

#include "ingest/load/stored_text.hpp"
#include "src/base/uuid.hpp"

#include <set>
#include <tuple>

namespace tb::load {

void SessionFileColumns::add(const SessionRecord& session, const std::string& key,
                             std::int64_t at) {
    std::set<std::tuple<std::string, std::string, std::string>> seen;
    for (const auto& file : session.files) {
        if (!seen.emplace(file.collection, file.name, file.revision).second) continue;
        session_id.push_back(key);
        place.push_back(at);
        collection.push_back(file.collection);
        name.push_back(file.name);
        revision.push_back(file.revision);
        size_bytes.push_back(static_cast<std::int64_t>(file.size_bytes));
        sha256.push_back(file.sha256);
        md5.push_back(file.md5);
        dataset_type.push_back(file.dataset_type);
        extension.push_back(file.extension);
        dataset_id.push_back(Uuid::parse(file.dataset_id) ? file.dataset_id : std::string());
        is_used.push_back(flag(file.is_used));
    }
}

}  // namespace tb::load
