// A deletion with everything that hangs on the rows: shown, agreed to, done.
#pragma once

#include "app/cli/context.hpp"
#include "src/populate/cascade.hpp"

#include <nlohmann/json.hpp>

namespace tb::app {

struct Deletion {
    populate::CascadeRequest request;
    bool dry_run = false;
    bool yes = false;  ///< agreed to beforehand
    int wait_s = 60;   ///< for others who hold the rows
};

/// Shows what would go (on stdout; on stderr with --json when somebody is asked) and deletes it
/// when it is agreed to. Nothing is locked while somebody looks: what is deleted then is what they
/// saw, else it is shown again. Where masters would have to go along and may not, what would go
/// with them is shown all the same, and nobody is asked: a dry run says on stderr what is missing.
/// @throws tb::Error as populate::delete_cascade(); (usage) when somebody is to be asked and cannot
[[nodiscard]] populate::CascadeResult run_deletion(const Context& context, db::Session& session,
                                                   const Deletion& deletion);

[[nodiscard]] nlohmann::json json_of(const populate::CascadeResult& result);

}  // namespace tb::app
