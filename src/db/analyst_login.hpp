// The login with which analysts and other programs (BI tools, notebooks) read the private server.
#pragma once

#include "src/db/local_server.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace tb::db {

/// Name of the login; a member of trialbase_analyst and nothing else.
inline constexpr const char* analyst_login = "trialbase_reader";

/// Makes the login on a running private server with our schema, if it is absent.
/// @return conninfo with which it connects through the socket
[[nodiscard]] std::string analyst_conninfo(const LocalServerOptions& options = {});

/// Gives the login a password, unless it has one: a new random one, which is written into a
/// password file (libpq's form, mode 0600) in the server's folder for the address that the server
/// listens on. @return that file
/// @throws tb::Error (conflict) when the server does not listen
std::filesystem::path provide_analyst_password(const LocalServerOptions& options = {});

/// That file, where the server listens and the login has been given a password.
[[nodiscard]] std::optional<std::filesystem::path> analyst_password_file(
    const LocalServerOptions& options = {});

}  // namespace tb::db
