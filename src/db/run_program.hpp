// Runs PostgreSQL's own programs (initdb, pg_ctl) for the private server.
#pragma once

#include <string>
#include <vector>

namespace tb::db {

struct Finished {
    int status = 0;
    std::string output;  ///< stdout and stderr
};

/// Runs a program to its end, from the root folder, without our PG* variables.
/// @param command  the program's path and its arguments
/// @throws tb::Error (io) when it cannot be started
[[nodiscard]] Finished run_program(const std::vector<std::string>& command);

/// The command as the server's account runs it: PostgreSQL refuses to run as root.
[[nodiscard]] std::vector<std::string> as_server(std::vector<std::string> command);

}  // namespace tb::db
