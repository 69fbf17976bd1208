// What discovery and the reader agree on about a session's files.
#pragma once

#include <string_view>

namespace tb::alf {

/// True for a path inside a session whose content read_session() wants: datasets of trials, wheel,
/// wheelMoves and licks in a format that it reads, and the rig's task settings. Everything else is
/// only listed.
[[nodiscard]] bool is_wanted(std::string_view path);

}  // namespace tb::alf
