// What the private server's log says about a start that failed.
#pragma once

#include <string>
#include <string_view>

namespace tb::db {

/// The lines that tell a cause (PANIC, FATAL, ERROR, at most `severe`, the last ones), then the
/// last `last` lines of the rest; each on a line of its own, indented. Nothing for an empty log.
[[nodiscard]] std::string cause_in_log(std::string_view log, std::size_t severe = 6,
                                       std::size_t last = 8);

}  // namespace tb::db
