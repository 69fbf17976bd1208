// Variables of the environment that the program reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tb {

/// Value of TRIALBASE_<name>, else of TB_<name> as it was called before; empty where neither is set
/// or both are empty texts. variable("SERVER_DIR") reads TRIALBASE_SERVER_DIR, then TB_SERVER_DIR.
/// All of them stand in one table in app/README.md.
[[nodiscard]] std::optional<std::string> variable(std::string_view name);

}  // namespace tb
