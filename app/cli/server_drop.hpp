// trialbase server drop: the private server and its data, removed after a preview.
#pragma once

#include "app/cli/context.hpp"

namespace tb::app {

/// Declares `drop` among the commands of `server`.
void add_server_drop(CLI::App& server, Context& context);

}  // namespace tb::app
