// The private server's own configuration files, written at every start; for this folder.
#pragma once

#include "src/db/server_layout.hpp"

namespace tb::db {

/// Writes trialbase.conf and trialbase_hba.conf into the data folder. @throws tb::Error (io)
void write_settings(const Layout& layout, const LocalServerOptions& options);

}  // namespace tb::db
