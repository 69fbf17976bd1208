// What a session sets for itself, so that nothing that an administrator has set for the server, a
// database or a role changes what we read, write or wait for. Not for use outside src/db.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tb::db {

struct SessionSetting {
    std::string_view name;
    std::string_view value;
    int since = 0;              ///< first server version that has it, as 140000
    bool pooler_keeps = false;  ///< a pooler in transaction mode gives it to each transaction
};

/// All settings that are ours. Left to the administrator, on purpose: what costs time or memory and
/// changes no answer (work_mem, enable_*, jit, ...), where things are kept (tablespaces),
/// synchronous_commit, and default_transaction_read_only: who sets that wants no changes, and gets
/// the error of a server that takes none.
[[nodiscard]] std::span<const SessionSetting> session_settings() noexcept;

/// A select that sets them for the session. Through a pooler: those alone that it keeps.
[[nodiscard]] std::string settings_for_session(int server_version, bool is_pooled);
/// A select that sets all of them for one transaction.
[[nodiscard]] const std::string& settings_for_transaction(int server_version);

}  // namespace tb::db
