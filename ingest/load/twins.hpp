// Sessions that are there twice: with another's files, or from two sources.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/session_record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

/// What tells a session that was found from its twins.
struct FoundSession {
    std::string session_id, source, lab, subject, date, number;
    struct File {
        std::string dataset_type, sha256, collection, name;
        std::uint64_t size_bytes = 0;
    };
    std::vector<File> files;  ///< whose checksums are known, and those of trials
};
[[nodiscard]] FoundSession found_session(const SessionRecord& session,
                                         const std::string& session_id);

/// Remarks upon twins among sessions that were added or updated, and those that are there: by their
/// trials, by files that one session alone has (store.session_own_file), by subject, date and
/// number.
/// @return the number of new issues by type (SameFiles, SameSession)
std::map<std::string, std::size_t> remark_on_twins(db::Session& database,
                                                   const std::vector<std::string>& session_ids);
/// The same for sessions that would be added or updated; writes nothing.
[[nodiscard]] std::map<std::string, std::size_t> preview_twins(
    db::Session& database, std::span<const FoundSession> sessions);

}  // namespace tb::load
