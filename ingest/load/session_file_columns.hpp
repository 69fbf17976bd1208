// Files of sessions as columns: parameters of the loader's statements.
#pragma once

#include "trialbase/session_record.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tb::load {

/// One row a file; a session that lists a file twice gives it once.
struct SessionFileColumns {
    /// @param key  what stands for the session in each row
    /// @param at  its place among the sessions asked about
    void add(const SessionRecord& session, const std::string& key, std::int64_t at);

    std::vector<std::string> session_id, collection, name, revision, sha256, md5, dataset_type,
        extension, dataset_id, is_used;
    std::vector<std::int64_t> place, size_bytes;
};

}  // namespace tb::load
