// Entries of the system's list of users, asked for by any number of threads at once: getpwnam() and
// getpwuid() share one buffer among all.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

namespace tb {

struct UserEntry {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;
    std::filesystem::path home;
};

/// Nothing when the list has no such user, or cannot be read.
[[nodiscard]] std::optional<UserEntry> user_named(const std::string& name);
/// Of the user as whom this process acts. Nothing where a container has no entry for it.
[[nodiscard]] std::optional<UserEntry> acting_user();

}  // namespace tb
