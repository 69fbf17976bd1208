// Who runs the program.
#pragma once

#include <string>

namespace tb::app {

/// The user that runs the program, as the system calls them.
[[nodiscard]] std::string system_user();

}  // namespace tb::app
