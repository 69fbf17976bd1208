// What the commands that load tables of sessions have in common.
#pragma once

#include "ingest/load/listed/ingest_tables.hpp"

#include <functional>
#include <string>

namespace tb::app {

struct Context;

/// Loads what `read` reads and prints the summary. @return the exit status: 8 when something was
/// left out
int run_tables_ingest(const Context& context, const std::string& source,
                      const std::function<void(tables::ListedTables&)>& read,
                      const load::TablesOptions& options);

}  // namespace tb::app
