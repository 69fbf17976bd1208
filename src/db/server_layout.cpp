#include "src/db/server_layout.hpp"

#include "src/base/environment.hpp"
#include "src/base/sha256.hpp"
#include "src/base/user_entry.hpp"
#include "src/db/private_folder.hpp"
#include "src/db/server_account.hpp"
#include "trialbase/error.hpp"

#include <cstdlib>
#include <cstring>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

namespace tb::db {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t socket_path_limit = 107;
constexpr std::size_t socket_name_length = std::string_view("/.s.PGSQL.65535").size();

fs::path environment_path(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? fs::path(value) : fs::path{};
}

fs::path default_directory() {
    if (is_root()) return "/var/lib/trialbase/server";
    if (const auto base = environment_path("XDG_DATA_HOME"); base.is_absolute()) {
        return base / "trialbase" / "server";
    }
    auto home = environment_path("HOME");
    if (home.empty()) {
        if (const auto entry = acting_user()) home = entry->home;
    }
    if (home.empty()) {
        throw Error(ErrorKind::io, "no home folder is known, where the private server would live",
                    "Set TRIALBASE_SERVER_DIR, or name a server with --dsn or PGHOST.");
    }
    return home / ".local" / "share" / "trialbase" / "server";
}

std::optional<ListenAddress> read_listen(const fs::path& file) {
    const auto text = read_private_file(file, 0, 1000);
    if (!text) return std::nullopt;
    std::istringstream words(*text);
    ListenAddress listen;
    if (!(words >> listen.address >> listen.port) || listen.port < 1 || listen.port > 65535)
        return std::nullopt;
    return listen;
}

}  // namespace

Layout layout_of(const LocalServerOptions& options) {
    Layout layout;
    layout.directory = options.directory;
    if (layout.directory.empty()) layout.directory = variable("SERVER_DIR").value_or("");
    if (layout.directory.empty()) layout.directory = default_directory();
    layout.directory = fs::weakly_canonical(fs::absolute(layout.directory));
    if (!layout.directory.has_filename()) layout.directory = layout.directory.parent_path();
    layout.data = layout.directory / "data";
    layout.log = layout.directory / "server.log";
    layout.lock = layout.directory / "lock";
    layout.listen_file = layout.directory / "listen";
    layout.password_file = layout.directory / "analyst.pgpass";
    layout.sockets = layout.directory / "run";
    if (layout.sockets.string().size() + socket_name_length > socket_path_limit) {
        // The kernel's limit on socket paths; the folder's name tells servers apart.
        layout.sockets = fmt::format("/tmp/tb-{}-{}", ::geteuid(),
                                     sha256_hex(layout.directory.string()).substr(0, 12));
    }
    layout.listen = read_listen(layout.listen_file);
    if (layout.listen) layout.port = layout.listen->port;
    return layout;
}

std::string quote_setting(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string conninfo_of(const Layout& layout, const std::string& database,
                        const std::string& user) {
    auto out =
        fmt::format("host={} port={} user={} dbname={}", quote_setting(layout.sockets.string()),
                    layout.port, user, quote_setting(database));
    // Only the account that we started it as may answer on this socket.
    if (const auto account = server_account(); !account.name.empty()) {
        out += " requirepeer=" + quote_setting(account.name);
    }
    return out;
}

int data_version(const Layout& layout) {
    const auto text = read_private_file(layout.data / "PG_VERSION", 0, 20);
    return text ? std::atoi(text->c_str()) : 0;
}

}  // namespace tb::db
