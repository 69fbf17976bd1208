// Connection strings of libpq.
#pragma once

#include <optional>
#include <string>

namespace tb::db {

/// A connection string in two parts: every user of the machine can read the arguments of a program,
/// so the password must not stand there.
struct SplitConninfo {
    std::string text;  ///< keyword='value' ..., without the password
    std::optional<std::string> password;
};

/// @throws tb::Error (usage) when it cannot be read (the message does not repeat it), or holds the
/// password of a key, for which the environment has no variable
[[nodiscard]] SplitConninfo split_conninfo(const std::string& conninfo);

}  // namespace tb::db
