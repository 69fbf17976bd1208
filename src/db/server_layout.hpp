// Where the private server's things lie, and how it is reached; for this folder.
#pragma once

#include "src/db/local_server.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tb::db {

struct Layout {
    std::filesystem::path directory;
    std::filesystem::path data;
    std::filesystem::path sockets;
    std::filesystem::path log;
    std::filesystem::path lock;
    std::filesystem::path listen_file;  ///< address and port, when it listens for TCP
    std::filesystem::path password_file;
    std::optional<ListenAddress> listen;
    int port = 5432;  ///< of the socket's name, too
};

[[nodiscard]] Layout layout_of(const LocalServerOptions& options);

/// A value in a configuration file or a connection string.
[[nodiscard]] std::string quote_setting(std::string_view value);

/// How the owner reaches a database of it through the socket.
[[nodiscard]] std::string conninfo_of(const Layout& layout, const std::string& database,
                                      const std::string& user = "postgres");

/// Major version of the data folder, 0 without data.
[[nodiscard]] int data_version(const Layout& layout);

}  // namespace tb::db
