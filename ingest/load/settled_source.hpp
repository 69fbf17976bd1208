// Which source a file is of: what is simulated stays simulated.
#pragma once

#include <string>

namespace tb::load {

/// @param is_simulated  the file, or a mark above it, says so
/// @param asked  the source that the caller named; empty: none
/// @param otherwise  the source of real files where none is named
/// @param origin  of the file, for the message
/// @throws tb::Error (conflict, SimulatedSession) when another source is named for a simulated file
[[nodiscard]] std::string settled_source(bool is_simulated, const std::string& asked,
                                         const std::string& otherwise, const std::string& origin);

}  // namespace tb::load
