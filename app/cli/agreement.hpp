// Asking before something is lost.
#pragma once

#include <string>

namespace tb::app {

/// Asks on the terminal, on stderr, so that stdout stays the answer. @return whether it was agreed
/// @throws tb::Error (usage) when stdin is no terminal: `undone` says what was not done
[[nodiscard]] bool is_agreed(const std::string& question, const std::string& undone);

}  // namespace tb::app
