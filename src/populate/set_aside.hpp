// Registered computed tables that the engine does not serve, as something that they need is gone.
#pragma once

#include "src/db/session.hpp"

#include <string>
#include <vector>

namespace tb::populate {

struct SetAside {
    std::string table;
    std::string reason;                      ///< why, from the database
    [[nodiscard]] std::string text() const;  ///< that it is set aside, why, and what to do
};

/// All of them, by name.
[[nodiscard]] std::vector<SetAside> read_set_aside(db::Session& session);

/// @throws tb::Error (conflict) when a table is asked for by name that is set aside
void refuse_set_aside(const std::vector<SetAside>& set_aside,
                      const std::vector<std::string>& names);

}  // namespace tb::populate
